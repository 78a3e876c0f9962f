// Changes and deletes selected items, a few at a time, and takes changes back.

import { call, collectionPath, get, remove } from "../api.js";
import { h } from "../dom.js";
import { pluralize } from "../format.js";
import { AVAILABILITIES } from "./availability.js";
import { typedValue } from "./attributes.js";
import { confirmAction, openFormDialog } from "./dialogs.js";
import { field } from "./layout.js";

const AT_ONCE = 4;
const SKUS_PER_REQUEST = 50;

/** Ask for a change of some items and make it; `onDone` gets what came of it. */
export const openChange = (collection, skus, types, onDone) => openFormDialog({
  title: `Change ${pluralize(skus.length, "item")}`, action: "Change",
  isValid: ({ availability, name }) => Boolean(availability || name.trim()),
  body: h("div", { class: "stack" },
    field("new-availability", "Availability", h("select", { id: "new-availability", name: "availability" },
      h("option", { value: "" }, "as it is"),
      Object.entries(AVAILABILITIES).map(([state, [text]]) => h("option", { value: state }, text)))),
    h("datalist", { id: "known-attributes" }, [...types.keys()].map((name) => h("option", { value: name }))),
    field("new-name", "Attribute", h("input", { id: "new-name", name: "name", list: "known-attributes", autocomplete: "off" })),
    field("new-value", "New value", h("input", { id: "new-value", name: "value", autocomplete: "off" }),
      "An empty value removes the attribute.")),
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
  return { ...outcome, text: `${pluralize(outcome.changed.size, "item")} as before`, before: null };
}

const valuesBefore = ({ attributes }, names) => Object.fromEntries(names.map((name) => [name, attributes[name] ?? null]));

/** Change items one by one, so that one that cannot be changed does not hold up the others. */
async function patchAll(collection, changes) {
  const changed = new Map();
  const failures = await forEach(changes, async ({ before: { sku }, body }) => {
    changed.set(sku, await call("PATCH", collectionPath(collection, "items", sku), { json: body }));
  }, ({ before: { sku } }) => sku);
  const done = changes.filter(({ before: { sku } }) => changed.has(sku));
  return { text: summary(changed.size, changes.length, "changed"), changed, failures, before: done };
}

/** Ask whether to delete some items; `onDone` gets what came of it. */
export const openDeletion = (collection, skus, types, onDone) => confirmAction({
  title: `Delete ${pluralize(skus.length, "item")}?`, action: "Delete", isDangerous: true,
  message: "The selected items will be deleted with their images and attributes, and will disappear from searches and recommendations at once. This cannot be undone.",
  onSubmit: async () => {
    const changed = new Map();
    const failures = await forEach(skus, async (sku) => {
      await remove(collectionPath(collection, "items", sku));
      changed.set(sku, null);
    });
    onDone({ text: summary(changed.size, skus.length, "deleted"), changed, failures, before: null });
  },
});

const summary = (done, all, verb) => (done === all ? `${pluralize(done, "item")} ${verb}` : `${done} of ${pluralize(all, "item")} ${verb}`);

/** Run an action for all values, some at a time; return the names and problems of those that failed. */
async function forEach(values, action, nameOf = String) {
  const queue = [...values];
  const failures = [];
  const work = async () => {
    for (let value = queue.shift(); value !== undefined; value = queue.shift()) {
      await action(value).catch((error) => failures.push([nameOf(value), error.message]));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failures;
}

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
