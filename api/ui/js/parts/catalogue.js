// Imports the whole catalogue: a dry run counts the items that it lacks; once confirmed, they are deleted.

import { announce, h } from "../dom.js";
import { formatNumber, pluralize } from "../format.js";
import { pageUrl } from "../router.js";
import { serverInfo } from "../server_info.js";
import { uploadImages } from "../uploads.js";
import { openFormDialog } from "./dialogs.js";
import { field } from "./layout.js";
import { sentence } from "./states.js";

/** Upload the files to have them checked, and again if the user confirms what the check found; `options` are fields of the import. */
export async function checkAndImport(collection, entries, options) {
  announce(`Checking ${pluralize(entries.length, "file")} for ${collection}`);
  const { state, job } = await uploadImages(collection, entries, { ...options, sync: true, dry_run: true });
  if (state !== "ended" || !job.result) return; // the panel of uploads says why
  const { limits } = await serverInfo();
  const { missing = 0, items } = job.result;
  const isUnusual = missing > limits.max_deleted_share * items;
  const share = items ? Math.min(1, (missing + 0.5) / items) : 0; // no more than the items that the user saw
  await openFormDialog({
    title: missing ? `Delete ${pluralize(missing, "item")}?` : "Import the whole catalogue?",
    action: missing ? "Import and delete" : "Import", isDangerous: missing > 0, closesOnNavigation: false,
    isValid: ({ count }) => !isUnusual || Number(count) === missing,
    body: h("div", { class: "stack" }, findings(collection, job), isUnusual ? countField(missing) : null),
    onSubmit: async () => { uploadImages(collection, entries, { ...options, sync: true, max_deleted_share: share }); },
  });
}

const countField = (missing) => field("missing-count", ["Type ", h("code", {}, missing), " to confirm"],
  h("input", { id: "missing-count", name: "count", autocomplete: "off", inputmode: "numeric" }));

/** What the check found. */
function findings(collection, { id, progress, result }) {
  const { missing, items, planned_items: planned, missing_examples: examples = [], warning } = result;
  const more = missing > examples.length ? ", …" : "";
  const counted = missing ? `${formatNumber(missing)} of ${pluralize(items, "item")} in ${collection} ${
    missing === 1 ? "is" : "are"} missing in it and would be deleted: ${examples.join(", ")}${more}` : null;
  return [
    h("p", {}, `The upload contains ${pluralize(planned, "item")}.`),
    counted ? h("p", {}, sentence(counted)) : null,
    missing === 0 ? h("p", {}, `No item of ${collection} is missing in it.`) : null,
    warning ? h("p", { class: "problem" }, sentence(warning)) : null,
    progress.failed ? h("p", {}, h("a", { href: pageUrl("jobs", id) }, pluralize(progress.failed, "failure")),
      ": the items of these files and rows stay as they are.") : null,
  ];
}
