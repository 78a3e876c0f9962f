// Imports the whole catalogue: a dry run counts the items that it lacks; once confirmed, they are deleted.

import { announce, h } from "../dom.js";
import { pageUrl } from "../router.js";
import { serverInfo } from "../server_info.js";
import { uploadImages } from "../uploads.js";
import { words } from "../words.js";
import { openFormDialog } from "./dialogs.js";
import { field } from "./layout.js";
import { sentence } from "./states.js";

/** Upload the files to have them checked, and again if the user confirms what the check found; `options` are fields of the import. */
export async function checkAndImport(collection, entries, options) {
  announce(words.catalogue.checking(entries.length, collection));
  const { state, job } = await uploadImages(collection, entries, { ...options, sync: true, dry_run: true });
  if (state !== "ended" || !job.result) return; // the panel of uploads says why
  const { limits } = await serverInfo();
  const { missing = 0, items } = job.result;
  const isUnusual = missing > limits.max_deleted_share * items;
  const share = items ? Math.min(1, (missing + 0.5) / items) : 0; // no more than the items that the user saw
  await openFormDialog({
    title: words.catalogue.title(missing),
    action: missing ? words.catalogue.importAndDelete : words.actions.import, isDangerous: missing > 0, closesOnNavigation: false,
    isValid: ({ count }) => !isUnusual || Number(count) === missing,
    body: h("div", { class: "stack" }, findings(collection, job), isUnusual ? countField(missing) : null),
    onSubmit: async () => { uploadImages(collection, entries, { ...options, sync: true, max_deleted_share: share }); },
  });
}

const countField = (missing) => field("missing-count", words.dialogs.typeToConfirm(h("code", {}, missing)),
  h("input", { id: "missing-count", name: "count", autocomplete: "off", inputmode: "numeric" }));

/** What the check found. */
function findings(collection, { id, progress, result }) {
  const { missing, items, planned_items: planned, missing_examples: examples = [], warning } = result;
  return [
    h("p", {}, words.catalogue.contents(planned)),
    missing ? h("p", {}, sentence(words.catalogue.missing(missing, items, collection, examples))) : null,
    missing === 0 ? h("p", {}, words.catalogue.noneMissing(collection)) : null,
    warning ? h("p", { class: "problem" }, sentence(warning)) : null,
    progress.failed ? h("p", {}, words.catalogue.failuresStay(
      h("a", { href: pageUrl("jobs", id) }, words.counts.failures(progress.failed)))) : null,
  ];
}
