// Edits conditions on attributes, one per row, and builds the filter that the server reads.

import { debounce, h } from "../dom.js";
import { words } from "../words.js";

const OPERATORS = Object.entries(words.filter.operators);
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
  return h("div", { class: "stack filter-rows", role: "group", "aria-label": words.filter.label },
    h("datalist", { id }, [...types.keys()].map((name) => h("option", { value: name }))),
    rows, h("div", {}, h("button", { type: "button", class: "plain", onclick: addEmptyRow }, words.filter.addCondition)));
}

const conditionRow = (datalistId, onInput, onRemove, [attribute = "", operator = "eq", value = ""] = []) =>
  h("div", { class: "condition", oninput: onInput },
    h("input", { name: "attribute", list: datalistId, value: attribute, placeholder: words.filter.attributePlaceholder, "aria-label": words.filter.attribute }),
    h("select", { name: "operator", "aria-label": words.filter.comparison },
      OPERATORS.map(([name, text]) => h("option", { value: name, selected: name === operator }, text))),
    h("input", { name: "value", value, placeholder: words.filter.valuePlaceholder, "aria-label": words.filter.value }),
    h("button", { type: "button", class: "plain icon", "aria-label": words.filter.removeCondition, onclick: ({ target }) => {
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
    const key = attributeKey(attribute);
    filter[key] = { ...filter[key], [operator]: value };
  }
  return Object.keys(filter).length ? JSON.stringify(filter) : "";
}

/** The conditions in an editor at this moment. */
export const readConditions = (editor) => conditionsIn(editor.querySelector(".conditions"));

/** The filter of some conditions as an object with values of their attributes' types, as rules need it. */
export function valueFilterOf(conditions, types) {
  const filter = {};
  for (const [attribute, operator, text] of conditions) {
    const parse = (value) => valueOf(value, types.get(attribute));
    const key = attributeKey(attribute);
    filter[key] = { ...filter[key], [operator]: operator === "in" ? text.split(",").map(parse) : parse(text) };
  }
  return filter;
}

/** What is wrong with conditions of which none may be left out; null if nothing is. */
export function conditionsProblem(conditions) {
  if (!conditions.every(([attribute, , text]) => attribute && text)) return words.filter.incomplete;
  const kinds = conditions.map(([attribute, operator]) => JSON.stringify([attribute, operator]));
  return new Set(kinds).size < kinds.length ? words.filter.repeated : null;
}

/** The conditions of a filter; null if the editor cannot show them without loss. */
export function conditionsOf(filter) {
  const conditions = Object.entries(filter).flatMap(([attribute, condition]) =>
    Object.entries(Object(condition) === condition ? condition : { eq: condition })
      .map(([operator, value]) => [attribute, operator, textOf(operator, value)]));
  const isEditable = ([attribute, operator, text]) =>
    text !== null && !/^\\*(or|and|not)$/.test(attribute) && OPERATORS.some(([name]) => name === operator);
  return conditions.every(isEditable) ? conditions : null;
}

/** The text of a condition's value; null if it cannot be written as one. */
function textOf(operator, value) {
  const values = operator === "in" ? value : [value];
  const texts = Array.isArray(values) ? values.map(quoted) : [null];
  return texts.includes(null) ? null : texts.join(",");
}

/** A value as a text that is read as this value; null if there is none. */
function quoted(value) {
  if (/[",]/.test(value)) return null;
  const text = String(value);
  if (text && parseValue(text) === value) return text;
  return typeof value === "string" ? `"${value}"` : null;
}

/** The value of a text of a type; a text that does not fit is left to the server to refuse. */
function valueOf(text, type) {
  if (type === "text") return unquote(text);
  return parseValue(type === "number" ? text.replace(/^\s*(-?\d+),(\d+)\s*$/, "$1.$2") : text);
}

/** The name of an attribute in a filter, in which `or`, `and` and `not` have a meaning of their own. */
export const attributeKey = (name) => (/^\\*(or|and|not)$/.test(name) ? `\\${name}` : name);

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
