// Shows and edits the attributes of an item.

import { call, collectionPath } from "../api.js";
import { announce, fill, form, h } from "../dom.js";
import { words } from "../words.js";
import { SEEN_COLOUR } from "./attribute_types.js";
import { factList } from "./layout.js";
import { showProblem } from "./states.js";

export function attributesEditor(collection, item, types, canWrite) {
  const container = h("div", {});
  const showValues = () => fill(container,
    attributeList(item.attributes),
    canWrite ? h("div", { class: "row justify-end" }, h("button", { class: "plain", onclick: showForm }, words.actions.edit)) : null);
  const showForm = () => {
    const problem = h("div", {});
    const rows = h("div", { class: "conditions" },
      Object.entries(ownAttributes(item)).map(([name, value]) => attributeRow(name, value)), attributeRow("", ""));
    const save = () => showProblem(problem, async () => {
      const patch = { attributes: changedAttributes(ownAttributes(item), rows, types) };
      Object.assign(item, await call("PATCH", collectionPath(collection, "items", item.sku), { json: patch }));
      announce(words.pages.saved);
      showValues();
    });
    fill(container, form({ class: "stack" }, save, rows, problem,
      h("div", { class: "row" },
        h("button", { class: "primary" }, words.actions.save), h("button", { type: "button", onclick: showValues }, words.actions.cancel))));
    rows.querySelector("input").focus();
  };
  showValues();
  return container;
}

/** The attributes of an item and their values. */
export function attributeList(attributes) {
  const entries = Object.entries(attributes).map(([name, value]) =>
    name === SEEN_COLOUR ? [words.attributes.seenColours, value.join(", ")] : [name, formatValue(value)]);
  if (!entries.length) return h("p", { class: "muted" }, words.attributes.none);
  return factList(entries, "facts");
}

const ownAttributes = ({ attributes }) =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => name !== SEEN_COLOUR));

const attributeRow = (name, value) => h("div", { class: "attribute row" },
  attributeInput(name, words.attributes.namePlaceholder, words.attributes.name),
  attributeInput(formatValue(value), words.attributes.valuePlaceholder, name ? words.attributes.valueOf(name) : words.attributes.value));

const attributeInput = (value, placeholder, label) => h("input", { value, placeholder, "aria-label": label, class: "grow" });

/** The changed attributes by name; the value null removes an attribute. */
function changedAttributes(before, rows, types) {
  const fields = [...rows.children].map((row) => [...row.querySelectorAll("input")].map((input) => input.value.trim()));
  const after = new Map(fields.filter(([name, value]) => name && value));
  const removed = Object.keys(before).filter((name) => !after.has(name)).map((name) => [name, null]);
  const changed = [...after].filter(([name, value]) => value !== formatValue(before[name]))
    .map(([name, value]) => [name, typedValue(name, value, types)]);
  return Object.fromEntries([...removed, ...changed]);
}

const formatValue = (value) => (typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value));

/** The value of an attribute as JSON; the server reads the texts of attributes that it knows by their types. */
export function typedValue(name, text, types) {
  if (types.has(name)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
