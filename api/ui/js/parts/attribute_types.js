// The types of a collection's attributes, and a panel that changes them.

import { call, collectionPath, get } from "../api.js";
import { announce, fill, form, h } from "../dom.js";
import { trackJob } from "../uploads.js";
import { words } from "../words.js";
import { options, panel } from "./layout.js";
import { showProblem } from "./states.js";

export const SEEN_COLOUR = "seen_colour"; // seen in the images; nobody can set it

/** The type of each attribute by name; the server reads texts of these attributes by their types. */
export async function attributeTypes(collection, signal) {
  const { items } = await get(collectionPath(collection, "attributes"), {}, signal);
  return new Map(items.map(({ name, type }) => [name, type]));
}

/** The names of the attributes that have one value each, by their types. */
export const singleValued = (types) => [...types].filter(([, type]) => !["list", "object"].includes(type)).map(([name]) => name);

/** A panel with the type of each attribute. */
export function attributeTypesPanel(collection, types) {
  const own = [...types].filter(([name]) => name !== SEEN_COLOUR);
  if (!own.length) return panel(words.attributes.title, h("p", { class: "muted" }, words.attributeTypes.none));
  const message = h("div", {});
  const save = (fields) => showProblem(message, async () => {
    const changed = Object.fromEntries(Object.entries(fields).filter(([name, type]) => type !== types.get(name)));
    if (!Object.keys(changed).length) return;
    const job = await call("PATCH", collectionPath(collection, "attributes"), { json: { types: changed } });
    trackJob(job, words.attributeTypes.job);
    for (const [name, type] of Object.entries(changed)) types.set(name, type);
    announce(words.pages.saved);
    fill(message, h("p", { class: "note" }, words.attributeTypes.areRead));
  });
  return panel(words.attributes.title,
    h("p", { class: "muted" }, words.attributeTypes.hint),
    form({ class: "stack" }, save,
      h("div", { class: "conditions" }, own.map(([name, type]) => typeRow(name, type))),
      message, h("div", { class: "row" }, h("button", { class: "primary" }, words.attributeTypes.save))));
}

const typeRow = (name, current) => h("label", { class: "attribute row" },
  h("span", { class: "grow" }, name),
  h("select", { name, "aria-label": words.attributeTypes.typeOf(name) },
    options(Object.entries(words.attributeTypes.types), current)));
