// The panel in the corner of every page that shows the uploads and jobs of this tab.

import { announce, fill, h } from "../dom.js";
import { formatBytes, formatNumber, pluralize } from "../format.js";
import { hasEnded } from "../job_events.js";
import { pageUrl } from "../router.js";
import { dismissFinished, isBusy, onUploadsChange, send, uploads } from "../uploads.js";
import { badge, progressBar, progressText, shareBar } from "./job_status.js";
import { sentence } from "./states.js";

const DISMISS_MS = 20_000; // after all jobs have succeeded
const FAILURES = { unsent: "not sent", rejected: "rejected", lost: "status unknown" };
const announced = new WeakSet();
let isFolded = false;
let dismissTimer;

export function startActivityPanel() {
  const panel = document.getElementById("activity");
  const render = () => {
    panel.hidden = uploads.length === 0;
    const focusIndex = controls(panel).indexOf(document.activeElement);
    fill(panel, header(render), isFolded ? null : h("ul", {}, uploads.map((upload) => h("li", {}, uploadRow(upload)))));
    controls(panel)[focusIndex]?.focus({ preventScroll: true }); // keeps the focus across frequent renderings
    uploads.filter(isBusy).forEach((upload) => announced.delete(upload)); // a retried upload gets a new announcement
    uploads.filter((upload) => !isBusy(upload) && !announced.has(upload)).forEach(announceResult);
    scheduleDismissal(panel);
  };
  onUploadsChange(render);
  new ResizeObserver(() => { // extends the page so that the panel covers no content
    document.body.style.setProperty("--activity-height", `${panel.offsetHeight}px`);
  }).observe(panel);
}

const controls = (panel) => [...panel.querySelectorAll("a, button")];

function header(render) {
  const anyBusy = uploads.some(isBusy);
  const toggle = () => {
    isFolded = !isFolded;
    render();
  };
  isFolded &&= anyBusy;
  return h("header", {}, h("span", {}, anyBusy ? "In progress" : summary()), anyBusy
    ? h("button", { class: "plain", "aria-expanded": `${!isFolded}`, onclick: toggle }, isFolded ? "Show" : "Hide")
    : h("button", { class: "plain icon", "aria-label": "Close", onclick: dismissFinished }, "✕"));
}

/** The overall result, like "Done, 7 failed". */
function summary() {
  const sum = (countIn) => uploads.reduce((total, upload) => total + countIn(upload), 0);
  const rejectedRows = sum(rejectedRowsIn);
  const counts = [[isIn("rejected"), "rejected"], [failedIn, "failed"], [isIn("unsent"), "not sent"], [cancelledIn, "cancelled"]]
    .map(([countIn, label]) => sum(countIn) && `${formatNumber(sum(countIn))} ${label}`);
  const isDone = uploads.some((upload) => hasEndedAs(upload, "succeeded", "partial"));
  return [isDone && "Done", ...counts, rejectedRows && `${pluralize(rejectedRows, "row")} rejected`].filter(Boolean).join(", ");
}

const hasEndedAs = ({ state, job }, ...states) => state === "ended" && states.includes(job.state);
const isIn = (state) => (upload) => Number(upload.state === state);
const failedIn = (upload) => upload.job?.progress.failed || Number(upload.state === "lost" || hasEndedAs(upload, "failed"));
const cancelledIn = (upload) => Number(hasEndedAs(upload, "cancelled") && !failedIn(upload));
const rejectedRowsIn = ({ job }) => (job?.kind === "import-sales" && !job.result?.duplicate_of ? job.progress.skipped : 0);

/** Whether something of a successful job should be read: rejected rows, a warning, an assumption. */
const needsAttention = (upload) => Boolean(rejectedRowsIn(upload)
  || (upload.job && notesOf(upload.job).length));

function scheduleDismissal(panel) {
  clearTimeout(dismissTimer);
  if (!uploads.length || uploads.some((upload) => !hasEndedAs(upload, "succeeded") || needsAttention(upload))) return;
  const isInUse = () => panel.matches(":hover, :focus-within");
  dismissTimer = setTimeout(() => (isInUse() ? scheduleDismissal(panel) : dismissFinished()), DISMISS_MS);
}

function uploadRow(upload) {
  const { label, state, problem } = upload;
  if (state === "sending") return sendingRow(upload);
  if (!FAILURES[state]) return jobRow(upload);
  return [
    line(label, h("span", { class: "badge bad" }, FAILURES[state])), paragraph(problem.message),
    state === "unsent" ? h("button", { onclick: () => send(upload) }, "Send again") : null,
  ];
}

function sendingRow({ label, sent, total, problem }) {
  if (problem) return [line(label, "waiting"), paragraph("Connection lost; retrying")];
  const text = total ? `${formatBytes(sent)} of ${formatBytes(total)}` : "starting";
  return [line(label, text), shareBar(total ? sent / total : null, `Uploading ${label}`)];
}

function jobRow(upload) {
  const { label, collection, job } = upload;
  const link = (text) => h("a", { href: pageUrl("jobs", job.id) }, text);
  const text = job.problem ? sentence(job.problem.detail) : progressText(job);
  const details = job.progress.failed || needsAttention(upload) ? [" · ", link("Details")] : null;
  return [
    line(link(`${label} → ${collection}`), badge(job)),
    hasEnded(job) ? null : progressBar(job),
    text ? h("p", { class: "small muted" }, text, details) : null,
    notesOf(job).map((note) => h("p", { class: "small warning" }, sentence(note))),
  ];
}

/** What a job warns of or assumed. */
const notesOf = ({ result }) => [...[result?.warning ?? []].flat(), ...(result?.assumptions ?? [])];

const paragraph = (text) => h("p", { class: "small" }, sentence(text));
const line = (left, right) => h("div", { class: "line" }, h("span", {}, left), h("span", { class: "muted number" }, right));

function announceResult(upload) {
  announced.add(upload);
  announce(`${upload.label}: ${upload.job?.state ?? upload.state}`);
}
