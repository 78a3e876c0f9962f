// Buttons that change or delete all items that match a filter, after the server has counted them.

import { call, collectionPath } from "../api.js";
import { h } from "../dom.js";
import { pluralize } from "../format.js";
import { followJob } from "../job_events.js";
import { Problem } from "../problem.js";
import { trackJob } from "../uploads.js";
import { typedValue } from "./attributes.js";
import { confirmAction, openFormDialog } from "./dialogs.js";
import { field } from "./layout.js";
import { showProblem } from "./states.js";

export function bulkButtons(collection, filter, types, signal) {
  const path = collectionPath(collection, "items");
  const message = h("div", {});
  const onClick = (open) => () => showProblem(message, async () => open(path, filter, types, await count(path, filter, signal)), signal);
  return h("div", { class: "stack" }, message, h("div", { class: "row justify-end" },
    h("button", { onclick: onClick(openChange) }, "Change all matches"),
    h("button", { class: "danger", onclick: onClick(openDeletion) }, "Delete all matches")));
}

/** How many items match, as a text. */
async function count(path, filter, signal) {
  const { id } = await call("DELETE", path, { query: { filter, dry_run: true }, signal });
  const { result, problem } = await followJob(id, () => {}, signal);
  if (!result) throw new Problem(500, problem ?? { title: "Not counted", detail: "The matching items could not be counted." });
  return pluralize(result.matched, "item");
}

const openDeletion = (path, filter, types, items) => confirmAction({
  title: `Delete ${items}?`, action: "Delete", isDangerous: true,
  message: "All items that match the filter will be deleted with their images and attributes.",
  onSubmit: async () => trackJob(await call("DELETE", path, { query: { filter } }), "Bulk deletion"),
});

const openChange = (path, filter, types, items) => openFormDialog({
  title: `Change ${items}`, action: "Change", isValid: ({ name }) => name.trim() !== "",
  body: h("div", { class: "stack" },
    field("bulk-name", "Attribute", h("input", { id: "bulk-name", name: "name", autocomplete: "off" })),
    field("bulk-value", "New value", h("input", { id: "bulk-value", name: "value", autocomplete: "off" }),
      "An empty value removes the attribute.")),
  onSubmit: async ({ name, value }) => {
    const text = value.trim();
    const attributes = { [name.trim()]: text ? typedValue(name.trim(), text, types) : null };
    trackJob(await call("PATCH", path, { query: { filter }, json: { attributes } }), "Bulk change");
  },
});
