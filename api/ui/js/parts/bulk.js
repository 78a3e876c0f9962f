// Buttons that change or delete all items that match a filter, after the server has counted them.

import { call, collectionPath } from "../api.js";
import { h } from "../dom.js";
import { followJob } from "../job_events.js";
import { Problem } from "../problem.js";
import { trackJob } from "../uploads.js";
import { words } from "../words.js";
import { typedValue } from "./attributes.js";
import { confirmAction, openFormDialog } from "./dialogs.js";
import { field } from "./layout.js";
import { showProblem } from "./states.js";

export function bulkButtons(collection, filter, types, signal) {
  const path = collectionPath(collection, "items");
  const message = h("div", {});
  const onClick = (open) => ({ currentTarget: button }) => showProblem(message, async () => {
    const items = await count(path, filter, signal);
    if (button.isConnected && !button.disabled) await open(path, filter, types, items); // else the filter was changed meanwhile
  }, signal);
  return h("div", { class: "stack" }, message, h("div", { class: "row" },
    h("button", { onclick: onClick(openChange) }, words.bulk.change),
    h("button", { class: "danger", onclick: onClick(openDeletion) }, words.bulk.delete)));
}

/** How many items match. */
async function count(path, filter, signal) {
  const { id } = await call("DELETE", path, { query: { filter, dry_run: true }, signal });
  const { result, problem } = await followJob(id, () => {}, signal);
  if (!result) throw new Problem(500, problem ?? words.bulk.notCounted);
  return result.matched;
}

const openDeletion = (path, filter, types, items) => confirmAction({
  title: words.bulk.deletionTitle(items), action: words.actions.delete, isDangerous: true,
  message: words.bulk.deletion,
  onSubmit: async () => trackJob(await call("DELETE", path, { query: { filter } }), words.bulk.deletionJob),
});

const openChange = (path, filter, types, items) => openFormDialog({
  title: words.bulk.changeTitle(items), action: words.actions.change, isValid: ({ name }) => name.trim() !== "",
  body: h("div", { class: "stack" },
    field("bulk-name", words.attributes.name, h("input", { id: "bulk-name", name: "name", autocomplete: "off" })),
    field("bulk-value", words.selection.newValue, h("input", { id: "bulk-value", name: "value", autocomplete: "off" }),
      words.selection.emptyValueHint)),
  onSubmit: async ({ name, value }) => {
    const text = value.trim();
    const attributes = { [name.trim()]: text ? typedValue(name.trim(), text, types) : null };
    trackJob(await call("PATCH", path, { query: { filter }, json: { attributes } }), words.bulk.changeJob);
  },
});
