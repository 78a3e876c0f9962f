// Conditions on attributes, row by row, as the filter that the server reads.

import { h, settled } from "../dom.js";

const OPERATORS = [["eq", "is"], ["ne", "is not"], ["in", "one of"], ["lt", "<"], ["lte", "≤"], ["gt", ">"], ["gte", "≥"]];
let lists = 0;

/**
 * An editor of conditions. `change` is called with the filter as JSON text, "" where there is none,
 * and with the conditions, which a later editor may begin with. `names` are the attributes to offer.
 */
export function filterEditor(names, change, conditions = []) {
  const id = `attributes-${(lists += 1)}`;
  const rows = h("div", { class: "conditions" });
  const tell = () => change(filterOf(conditionsIn(rows)), conditionsIn(rows));
  const told = settled(tell, 350);
  const put = (given) => rows.append(condition(id, told, (row) => { row.remove(); tell(); }, given));
  const add = () => {
    put();
    rows.lastElementChild.querySelector("input").focus();
  };
  conditions.forEach(put);
  return h("div", { class: "stack filter-rows", role: "group", "aria-label": "Filter by attributes" },
    h("datalist", { id }, names.map((name) => h("option", { value: name }))),
    rows, h("div", {}, h("button", { type: "button", class: "plain", onclick: add }, "+ Condition")));
}

/** The attributes that some items have, the most frequent first. */
export function attributesOf(items) {
  const found = new Map();
  for (const item of items) for (const name of Object.keys(item.attributes ?? {})) found.set(name, (found.get(name) ?? 0) + 1);
  return [...found.keys()].sort((a, b) => found.get(b) - found.get(a));
}

function condition(list, changed, remove, [attribute = "", comparison = "eq", value = ""] = []) {
  const row = h("div", { class: "condition" },
    h("input", { name: "attribute", list, value: attribute, placeholder: "attribute", "aria-label": "Attribute", oninput: changed }),
    h("select", { name: "operator", "aria-label": "Comparison", onchange: changed }, OPERATORS.map(([name, text]) => h("option", { value: name, selected: name === comparison }, text))),
    h("input", { name: "value", value, placeholder: "value", "aria-label": "Value; several with commas", oninput: changed }),
    h("button", { type: "button", class: "plain round", "aria-label": "Take this condition away", onclick: () => remove(row) }, "✕"));
  return row;
}

const conditionsIn = (rows) => [...rows.children].map((row) => [...row.querySelectorAll("input, select")].map((one) => one.value.trim()));

export function filterOf(conditions) {
  const filter = {};
  for (const [attribute, operator, value] of conditions) {
    if (attribute && value) filter[attribute] = { ...filter[attribute], [operator]: operator === "in" ? value.split(",").map(valueOf) : valueOf(value) };
  }
  return Object.keys(filter).length ? JSON.stringify(filter) : "";
}

/** 5, 5.5, true and false are what they look like; in quotes, and all else, it is text. */
function valueOf(text) {
  const plain = text.trim();
  if (/^(true|false|-?\d+(\.\d+)?)$/.test(plain)) return JSON.parse(plain.replace(/^(-?)0+(?=\d)/, "$1"));
  return plain.replace(/^"(.*)"$/, "$1");
}
