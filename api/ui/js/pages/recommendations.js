// Sales files, the live recommendations and the training report.

import { call, collectionPath, download, get, remove } from "../api.js";
import { announce, fill, h } from "../dom.js";
import { formatDate, formatDateTime, formatNumber, formatTimeAgo, pluralize } from "../format.js";
import { openImport } from "../imports/import_dialog.js";
import { subscribe } from "../job_events.js";
import { collectionFrame } from "../parts/collection_frame.js";
import { confirmAction } from "../parts/dialogs.js";
import { fileButton } from "../parts/file_input.js";
import { kindLabel, progressBar, progressText } from "../parts/job_status.js";
import { panel } from "../parts/layout.js";
import { trainingReport } from "../parts/report.js";
import { sentence, showProblem } from "../parts/states.js";
import { cell, row, table } from "../parts/table.js";
import { pageUrl } from "../router.js";
import { hasRole } from "../server_info.js";
import { trackJob } from "../uploads.js";

const ACCEPTED_FILES = ".csv,.tsv,.txt,.gz,.zip,text/csv";
const COLUMNS = ["File", "Order lines", "Rejected", "From", "To", "Imported", ""];
const SHOWN_KINDS = new Set(["import-sales", "delete-sales", "train", "erase-user", "refill-lists"]);

export const recommendationsPage = ({ name, signal }) => collectionFrame(name, "recommendations", signal, async () => {
  const canWrite = await hasRole("write");
  const content = h("div", { class: "stack" });
  const jobPanel = h("div", { class: "panel", hidden: true });
  const render = async () => {
    const [recommender, { items: uploads }] = await Promise.all([
      get(collectionPath(name, "recommender"), {}, signal), get(collectionPath(name, "sales"), {}, signal),
    ]);
    fill(content,
      recommender.refusal ? refusalNote(recommender) : null,
      recommender.generation ? livePanel(name, recommender, canWrite, render) : noRecommendations(),
      salesPanel(name, uploads, canWrite),
      recommender.report ? trainingReport(name, recommender, uploads) : null);
  };
  await render();
  const showJob = (job) => {
    if (job.collection !== name || !SHOWN_KINDS.has(job.kind)) return;
    jobPanel.hidden = Boolean(job.finished_at);
    const text = h("span", { class: "muted number" }, progressText(job));
    fill(jobPanel, h("div", { class: "line-between" }, h("strong", {}, kindLabel(job)), text), progressBar(job));
    if (job.finished_at) render().catch(() => {});
  };
  subscribe(showJob, signal, () => {
    if (jobPanel.hidden) return;
    jobPanel.hidden = true;
    render().catch(() => {});
  });
  return h("div", { class: "stack" }, jobPanel, content);
});

const noRecommendations = () => h("p", { class: "note" }, h("strong", {}, "No recommendations yet. "),
  "Upload the sales of this shop; training then starts automatically, and every customer gets a list.");

const refusalNote = ({ refusal }) =>
  h("p", { class: "note" }, h("strong", {}, "The newest training was refused. "), sentence(refusal));

function livePanel(name, recommender, canWrite, render) {
  const message = h("div", {});
  const train = () => showProblem(message, async () => {
    trackJob(await call("POST", collectionPath(name, "recommender")), "Training");
    announce("Training started");
  });
  const downloadLists = () =>
    download(collectionPath(name, "recommendations"), { format: "csv" }, `${name}-recommendations.csv`);
  const trained = `Trained ${formatTimeAgo(recommender.trained_at)}, ${formatDateTime(recommender.trained_at)}`;
  return h("section", { class: "panel stack" },
    h("div", { class: "line-between" },
      h("div", {}, h("h2", {}, "Recommendations are live"), h("p", { class: "muted" }, trained)),
      recommender.stale
        ? h("span", { class: "badge warning" }, "outdated: sales or items have changed")
        : h("span", { class: "badge good" }, "up to date")),
    recommender.rolled_back_at ? rollbackNote(recommender) : null,
    message,
    h("div", { class: "row" },
      h("a", { class: "button primary", href: pageUrl("c", name, "customers") }, "Show customers"),
      canWrite ? h("button", { onclick: train }, "Train again") : null,
      canWrite && recommender.previous
        ? h("button", { onclick: () => rollBack(name, render) }, "Roll back to previous lists") : null,
      canWrite && recommender.rolled_back_at
        ? h("button", { onclick: () => endRollback(name, message, render) }, "End rollback") : null,
      h("button", { onclick: downloadLists }, "Download all lists as CSV")));
}

const rollbackNote = ({ candidate, rolled_back_at: since }) => h("p", { class: "note" },
  h("strong", {}, `Rolled back ${formatTimeAgo(since)}. `),
  "New trainings are not published until you train again or end the rollback.",
  candidate ? " The newest lists are kept." : "");

const endRollback = (name, message, render) => showProblem(message, async () => {
  await call("DELETE", collectionPath(name, "recommender", "rollback"));
  announce("Rollback ended");
  await render();
});

const rollBack = (name, render) => confirmAction({
  title: "Roll back to the previous lists?", action: "Roll back",
  message: "The previous lists are served until you train or end the rollback. The current lists are kept until the next training.",
  onSubmit: async () => {
    await call("POST", collectionPath(name, "recommender", "rollback"));
    announce("Rolled back");
    await render().catch(() => {});
  },
});

function salesPanel(name, uploads, canWrite) {
  const onFiles = (files) => openImport(name, files, "sales");
  const dropArea = () => h("div", { class: "drop" },
    h("span", {}, h("strong", {}, "Drop a CSV of order lines here"), " (plain, gzip or zip)"),
    h("code", { class: "small" }, "md5email, sku, order_id, zip, country, created_at"),
    h("div", { class: "row" }, fileButton("Choose file", onFiles, { accept: ACCEPTED_FILES, primary: !uploads.length })));
  return panel("Sales", canWrite ? dropArea() : null, uploads.length
    ? table("Sales files", COLUMNS, uploads.map((upload) => salesRow(name, upload, canWrite)))
    : h("p", { class: "muted" }, "No sales yet."));
}

function salesRow(name, { id, filename, report, imported_at: importedAt }, canWrite) {
  const unknownSkus = report.unknown_skus
    ? h("span", { class: "muted small" }, ` (${pluralize(report.unknown_skus, "unknown SKU")})`) : null;
  const onclick = () => deleteSales(name, id, filename);
  return row(COLUMNS, [
    filename,
    h("span", {}, formatNumber(report.accepted), unknownSkus),
    report.rejected ? h("a", { href: pageUrl("c", name, "rejects", id) }, pluralize(report.rejected, "row")) : "none",
    ...[formatDate(report.first), formatDate(report.last), formatTimeAgo(importedAt)]
      .map((text) => cell({ class: "nowrap" }, text)),
    cell({ class: "right" }, canWrite
      ? h("button", { class: "plain danger", "aria-label": `Delete ${filename}`, onclick }, "Delete") : null),
  ]);
}

const deleteSales = (name, id, filename) => confirmAction({
  title: `Delete the sales of ${filename}?`, action: "Delete", isDangerous: true,
  message: "The order lines of this file will be deleted, then the recommender will be trained without these lines.",
  onSubmit: async () => {
    const job = await remove(collectionPath(name, "sales", id), { kind: "delete-sales", collection: name });
    trackJob(job, "Sales deletion");
  },
});
