// Changes and deletes selected items, a few at a time, and takes changes back.

import { call, collectionPath, get } from "../api.js";
import { h } from "../dom.js";
import { words } from "../words.js";
import { typedValue } from "./attributes.js";
import { forEach } from "./batch.js";
import { deleteSoon } from "./deletions.js";
import { confirmAction, openFormDialog } from "./dialogs.js";
import { field } from "./layout.js";
import { focusUndo } from "./undo_panel.js";

const SKUS_PER_REQUEST = 50;

/** Ask for a change of some items and make it; `onDone` gets what came of it. */
export const openChange = (collection, skus, types, onDone) => openFormDialog({
  title: words.selection.changeTitle(skus.length), action: words.actions.change,
  isValid: ({ availability, name }) => Boolean(availability || name.trim()),
  body: h("div", { class: "stack" },
    field("new-availability", words.availability.title, h("select", { id: "new-availability", name: "availability" },
      h("option", { value: "" }, words.selection.asItIs),
      Object.entries(words.availability.states).map(([state, [text]]) => h("option", { value: state }, text)))),
    h("datalist", { id: "known-attributes" }, [...types.keys()].map((name) => h("option", { value: name }))),
    field("new-name", words.attributes.name, h("input", { id: "new-name", name: "name", list: "known-attributes", autocomplete: "off" })),
    field("new-value", words.selection.newValue, h("input", { id: "new-value", name: "value", autocomplete: "off" }),
      words.selection.emptyValueHint)),
  onSubmit: async ({ availability, name, value }) => {
    const text = value.trim();
    const attribute = name.trim() && { [name.trim()]: text ? typedValue(name.trim(), text, types) : null };
    const body = { ...(availability ? { availability } : {}), ...(attribute ? { attributes: attribute } : {}) };
    const before = await fetchItems(collection, skus);
    onDone(await patchAll(collection, before.map((item) => ({ before: item, body }))));
  },
});

/** Take changes back; `changes` are those of `patchAll`. */
export async function undoChanges(collection, changes) {
  const bodies = changes.map(({ before, body }) => ({ before, body: {
    ...(body.availability ? { availability: before.availability ?? "in_stock" } : {}),
    ...(body.attributes ? { attributes: valuesBefore(before, Object.keys(body.attributes)) } : {}),
  } }));
  const outcome = await patchAll(collection, bodies);
  return { ...outcome, text: words.selection.asBefore(outcome.changed.size), before: null };
}

const valuesBefore = ({ attributes }, names) => Object.fromEntries(names.map((name) => [name, attributes[name] ?? null]));

/** Change items one by one, so that one that cannot be changed does not hold up the others. */
async function patchAll(collection, changes) {
  const changed = new Map();
  const failures = await forEach(changes, async ({ before: { sku }, body }) => {
    changed.set(sku, await call("PATCH", collectionPath(collection, "items", sku), { json: body }));
  }, ({ before: { sku } }) => sku);
  const done = changes.filter(({ before: { sku } }) => changed.has(sku));
  return { text: words.selection.changed(changed.size, changes.length), changed, failures, before: done };
}

/** Ask whether to delete some items; `onDone` is called once they are deleted as far as the user knows. */
export const openDeletion = (collection, skus, types, onDone) => confirmAction({
  title: words.selection.deletionTitle(skus.length), action: words.actions.delete, isDangerous: true,
  message: words.deletions.several,
  onSubmit: () => {
    deleteSoon(collection, skus);
    onDone(null);
  },
}).then((isConfirmed) => isConfirmed && focusUndo());

/** The items of these SKUs that exist. */
async function fetchItems(collection, skus) {
  const path = collectionPath(collection, "items");
  const listable = skus.filter((sku) => !sku.includes(","));
  const batches = Array.from({ length: Math.ceil(listable.length / SKUS_PER_REQUEST) },
    (_, n) => listable.slice(n * SKUS_PER_REQUEST, (n + 1) * SKUS_PER_REQUEST));
  const pages = await Promise.all(batches.map((batch) => get(path, { skus: batch.join(","), limit: SKUS_PER_REQUEST })));
  const others = await Promise.all(skus.filter((sku) => sku.includes(",")).map((sku) => get(collectionPath(collection, "items", sku))));
  return [...pages.flatMap(({ items }) => items), ...others];
}
