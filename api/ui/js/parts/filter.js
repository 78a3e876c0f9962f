// Edits conditions on attributes, one per row, and builds the filter that the server reads.

import { debounce, h } from "../dom.js";

const OPERATORS = [["eq", "is"], ["ne", "is not"], ["in", "one of"], ["lt", "<"], ["lte", "≤"], ["gt", ">"], ["gte", "≥"]];
let editorCount = 0;

/** An editor of conditions that suggests the attributes of `types`; `onChange` gets all conditions. */
export function filterEditor(types, onChange, conditions = []) {
  const id = `attributes-${(editorCount += 1)}`;
  const rows = h("div", { class: "conditions" });
  const notify = () => onChange(conditionsIn(rows));
  const notifyLater = debounce(notify, 350);
  const addRow = (condition) => rows.append(conditionRow(id, notifyLater, notify, condition));
  const addEmptyRow = () => {
    addRow();
    rows.lastElementChild.querySelector("input").focus();
  };
  conditions.forEach(addRow);
  return h("div", { class: "stack filter-rows", role: "group", "aria-label": "Filter by attributes" },
    h("datalist", { id }, [...types.keys()].map((name) => h("option", { value: name }))),
    rows, h("div", {}, h("button", { type: "button", class: "plain", onclick: addEmptyRow }, "+ Add condition")));
}

const conditionRow = (datalistId, onInput, onRemove, [attribute = "", operator = "eq", value = ""] = []) =>
  h("div", { class: "condition", oninput: onInput },
    h("input", { name: "attribute", list: datalistId, value: attribute, placeholder: "attribute", "aria-label": "Attribute" }),
    h("select", { name: "operator", "aria-label": "Comparison" },
      OPERATORS.map(([name, text]) => h("option", { value: name, selected: name === operator }, text))),
    h("input", { name: "value", value, placeholder: "value", "aria-label": "Value; separate several with commas" }),
    h("button", { type: "button", class: "plain icon", "aria-label": "Remove condition", onclick: ({ target }) => {
      target.parentNode.remove();
      onRemove();
    } }, "✕"));

const conditionsIn = (rows) => [...rows.children]
  .map((row) => [...row.querySelectorAll("input, select")].map((field) => field.value.trim()));

/** The filter of some conditions as JSON text; "" without conditions. */
export function filterOf(conditions, types) {
  const filter = {};
  for (const [attribute, operator, text] of conditions) {
    if (!attribute || !text) continue;
    const parse = isReadByType(attribute, operator, types) ? unquote : parseValue;
    const value = operator === "in" ? text.split(",").map(parse) : parse(text);
    filter[attribute] = { ...filter[attribute], [operator]: value };
  }
  return Object.keys(filter).length ? JSON.stringify(filter) : "";
}

/** Whether the server reads a text by its attribute's type; "9" and "50" as texts have another order than as numbers. */
const isReadByType = (attribute, operator, types) =>
  types.has(attribute) && (types.get(attribute) !== "text" || ["eq", "ne", "in"].includes(operator));

/** Parse numbers, true and false; every other value and every quoted value is text. */
function parseValue(text) {
  const trimmed = text.trim();
  if (/^(true|false|-?\d+(\.\d+)?)$/.test(trimmed)) return JSON.parse(trimmed.replace(/^(-?)0+(?=\d)/, "$1"));
  return unquote(trimmed);
}

const unquote = (text) => text.trim().replace(/^"(.*)"$/, "$1");
