// Sales files, the live recommendations and the training report.

import { call, collectionPath, download, get, remove } from "../api.js";
import { announce, fill, h, inOrder } from "../dom.js";
import { formatDate, formatNumber, formatTimeAgo } from "../format.js";
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
import { words } from "../words.js";

const ACCEPTED_FILES = ".csv,.tsv,.txt,.gz,.zip,text/csv";
const MAX_JOBS = 200; // the newest, of which a training that is due is usually one
const SHOWN_KINDS = new Set(["import-sales", "delete-sales", "train", "erase-user", "refill-lists"]);

export const recommendationsPage = ({ name, signal }) => collectionFrame(name, "recommendations", signal, async () => {
  const canWrite = await hasRole("write");
  const content = h("div", { class: "stack" });
  const jobPanel = h("div", { class: "panel", hidden: true });
  const begin = inOrder(); // a training may end while the page still loads what it was before
  const render = async () => {
    const isNews = begin();
    const [recommender, { items: uploads }] = await Promise.all([
      get(collectionPath(name, "recommender"), {}, signal), get(collectionPath(name, "sales"), {}, signal),
    ]);
    const isUpdated = recommender.stale && !recommender.rolled_back_at; // after a rollback, no training is served by itself
    const whenCurrent = isUpdated ? await describeUpdate(name, canWrite, signal) : null;
    if (!isNews()) return;
    fill(content,
      recommender.refusal ? refusalNote(recommender) : null,
      recommender.generation ? livePanel(name, recommender, { whenCurrent, canWrite, render }) : noRecommendations(uploads.length > 0),
      salesPanel(name, recommender, uploads, canWrite),
      recommender.report ? trainingReport(name, recommender.report) : null);
  };
  const states = new Map(); // of jobs by id
  const showJob = (job) => {
    if (job.collection !== name || !SHOWN_KINDS.has(job.kind)) return;
    jobPanel.hidden = Boolean(job.finished_at);
    const text = h("span", { class: "muted number" }, progressText(job));
    fill(jobPanel, h("div", { class: "line-between" }, h("strong", {}, kindLabel(job)), text), progressBar(job));
    const hasBegun = job.kind === "train" && states.get(job.id) !== job.state;
    states.set(job.id, job.state);
    if (job.finished_at || hasBegun) render().catch(() => {});
  };
  subscribe(showJob, signal, () => {
    if (jobPanel.hidden) return;
    jobPanel.hidden = true;
    render().catch(() => {});
  });
  await render();
  return h("div", { class: "stack" }, jobPanel, content);
});

const noRecommendations = (hasSales) => h("p", { class: "note" }, h("strong", {}, words.recommendations.noneTitle),
  hasSales ? words.recommendations.noneYet : words.recommendations.none);

const refusalNote = ({ refusal }) =>
  h("p", { class: "note" }, h("strong", {}, words.recommendations.wasRefused), sentence(refusal));

function livePanel(name, recommender, { whenCurrent, canWrite, render }) {
  const message = h("div", {});
  const train = () => showProblem(message, async () => {
    trackJob(await call("POST", collectionPath(name, "recommender")), words.recommendations.trainingJob);
    announce(words.recommendations.trainingStarted);
  });
  const downloadLists = () =>
    download(collectionPath(name, "recommendations"), { format: "csv" }, `${name}-recommendations.csv`);
  return h("section", { class: "panel stack" },
    h("div", { class: "line-between" },
      h("div", {}, h("h2", {}, words.recommendations.areLive),
        h("p", { class: "muted" }, words.recommendations.trained(recommender.trained_at))),
      recommender.stale
        ? h("span", { class: "badge warning" }, words.recommendations.isStale)
        : h("span", { class: "badge good" }, words.recommendations.isCurrent)),
    whenCurrent ? h("p", { class: "note" }, whenCurrent) : null,
    recommender.rolled_back_at ? rollbackNote(recommender) : null,
    message,
    h("div", { class: "row" },
      h("a", { class: "button primary", href: pageUrl("c", name, "customers") }, words.recommendations.showCustomers),
      canWrite ? h("button", { onclick: train }, words.recommendations.train) : null,
      canWrite && recommender.previous
        ? h("button", { onclick: () => rollBack(name, render) }, words.recommendations.rollBack) : null,
      canWrite && recommender.rolled_back_at
        ? h("button", { onclick: () => endRollback(name, message, render) }, words.recommendations.endRollback) : null,
      h("a", { class: "button", href: pageUrl("c", name, "mailing") }, words.mailing.title),
      h("a", { class: "button", href: pageUrl("c", name, "settings") }, words.rules.title),
      h("button", { onclick: downloadLists }, words.recommendations.download)));
}

/** When outdated lists are brought up to date, and how somebody who can train them gets them sooner. */
async function describeUpdate(name, canTrain, signal) {
  const { items } = await get("v1/jobs", { collection: name, limit: MAX_JOBS }, signal);
  const training = items.find(({ kind, finished_at: finishedAt }) => kind === "train" && !finishedAt);
  const { scheduled, sooner, unknown, [training?.state]: text } = words.recommendations.whenCurrent;
  if (training?.state === "queued" && training.scheduled_for) return scheduled(training.scheduled_for) + (canTrain ? sooner : "");
  return training ? text : canTrain && unknown;
}

const rollbackNote = ({ candidate, rolled_back_at: since }) => h("p", { class: "note" },
  h("strong", {}, words.recommendations.rolledBackSince(since)), words.recommendations.notPublished,
  candidate ? words.recommendations.newestAreKept : "");

const endRollback = (name, message, render) => showProblem(message, async () => {
  await call("DELETE", collectionPath(name, "recommender", "rollback"));
  announce(words.recommendations.rollbackEnded);
  await render();
});

const rollBack = (name, render) => confirmAction({
  title: words.recommendations.rollbackTitle, action: words.recommendations.rollBack,
  message: words.recommendations.rollback,
  onSubmit: async () => {
    await call("POST", collectionPath(name, "recommender", "rollback"));
    announce(words.recommendations.rolledBack);
    await render().catch(() => {});
  },
});

function salesPanel(name, { report, stale }, uploads, canWrite) {
  const onFiles = (files) => openImport(name, files, "sales");
  const dropArea = () => h("div", { class: "drop" },
    h("span", {}, h("strong", {}, words.sales.dropHere), words.sales.formats),
    h("span", { class: "small" }, words.sales.neededColumns),
    h("div", { class: "row" }, fileButton(words.sales.chooseFile, onFiles, { accept: ACCEPTED_FILES, primary: !uploads.length })));
  return panel(words.sales.title, canWrite ? dropArea() : null, uploads.length
    ? table(words.sales.files, words.sales.columns, uploads.map((upload) => salesRow(name, upload, canWrite)))
    : h("p", { class: "muted" }, words.sales.none), report && !stale ? lineNotes(report, uploads) : null);
}

/** Why fewer lines count than the files contain; only valid for the files of this training run. */
function lineNotes({ order_lines, uncounted }, uploads) {
  const accepted = uploads.reduce((total, upload) => total + upload.report.accepted, 0);
  const deleted = uncounted ? uncounted.reduce((rest, { lines }) => rest - lines, accepted - order_lines) : 0;
  const notes = [
    accepted > order_lines && words.report.countedLines(order_lines, accepted),
    ...(uncounted ?? []).map(words.report.uncounted),
    deleted > 0 && words.report.deletedLines(deleted),
    uploads.some((upload) => upload.report.unknown_skus) && words.report.unknownSkus,
  ].filter(Boolean);
  return notes.length ? h("ul", { class: "muted small" }, notes.map((note) => h("li", {}, note))) : null;
}

function salesRow(name, { id, filename, report, imported_at: importedAt }, canWrite) {
  const unknownSkus = report.unknown_skus
    ? h("span", { class: "muted small" }, words.sales.unknownSkus(report.unknown_skus, report.unknown_examples)) : null;
  const onclick = () => deleteSales(name, id, filename);
  return row(words.sales.columns, [
    filename,
    h("span", {}, formatNumber(report.accepted), unknownSkus),
    report.rows > report.accepted
      ? h("a", { href: pageUrl("c", name, "rejects", id) }, words.counts.rows(report.rows - report.accepted)) : words.sales.allImported,
    ...[formatDate(report.first), formatDate(report.last), formatTimeAgo(importedAt)]
      .map((text) => cell({ class: "nowrap" }, text)),
    cell({ class: "right" }, canWrite
      ? h("button", { class: "plain danger", "aria-label": words.sales.delete(filename), onclick }, words.actions.delete) : null),
  ]);
}

const deleteSales = (name, id, filename) => confirmAction({
  title: words.sales.deletionTitle(filename), action: words.actions.delete, isDangerous: true,
  message: words.sales.deletion,
  onSubmit: async () => {
    const job = await remove(collectionPath(name, "sales", id), { kind: "delete-sales", collection: name });
    trackJob(job, words.sales.deletionJob);
  },
});
