// The panel in the corner of every page that shows the uploads and jobs of this tab.

import { announce, fill, h } from "../dom.js";
import { hasEnded } from "../job_events.js";
import { pageUrl } from "../router.js";
import { discard, dismiss, dismissFinished, isBusy, onUploadsChange, send, showInterrupted, uploads } from "../uploads.js";
import { words } from "../words.js";
import { badge, progressBar, progressText, shareBar } from "./job_status.js";
import { sentence } from "./states.js";

const DISMISS_MS = 10_000; // after a job has succeeded
const announced = new WeakSet();
const scheduled = new WeakSet(); // to be dismissed
let isFolded = false;
let wasBusy = false;

export function startActivityPanel() {
  const panel = document.getElementById("activity");
  const render = () => {
    panel.hidden = uploads.length === 0;
    const focusIndex = controls(panel).indexOf(document.activeElement);
    fill(panel, header(render), isFolded ? null : h("ul", {}, uploads.map((upload) => h("li", {}, uploadRow(upload)))));
    controls(panel)[focusIndex]?.focus({ preventScroll: true }); // keeps the focus across frequent renderings
    uploads.filter(isBusy).forEach((upload) => announced.delete(upload)); // a retried upload gets a new announcement
    uploads.filter((upload) => !isBusy(upload) && !announced.has(upload)).forEach(announceResult);
    uploads.filter(isUnremarkable).forEach((upload) => scheduleDismissal(upload, panel));
  };
  onUploadsChange(render);
  showInterrupted().catch(() => {}); // without an answer, there is nothing to offer
  addEventListener("hashchange", () => { // leaves the next page free; what failed stays behind the button
    isFolded ||= !uploads.some(isBusy);
    render();
  });
  new ResizeObserver(() => { // extends the page so that the panel covers no content
    document.body.style.setProperty("--activity-height", `${panel.offsetHeight}px`);
  }).observe(panel);
}

const controls = (panel) => [...panel.querySelectorAll("a, button")];

function header(render) {
  const anyBusy = uploads.some(isBusy);
  if (anyBusy !== wasBusy) isFolded = false;
  wasBusy = anyBusy;
  const toggle = () => {
    isFolded = !isFolded;
    render();
  };
  return h("header", {}, h("span", {}, anyBusy ? words.activity.inProgress : summary()), h("span", { class: "row" },
    anyBusy || isFolded ? h("button", { class: "plain", "aria-expanded": `${!isFolded}`, onclick: toggle }, isFolded ? words.actions.show : words.actions.hide) : null,
    anyBusy ? null : h("button", { class: "plain icon", "aria-label": words.actions.close, onclick: dismissFinished }, "✕")));
}

/** The overall result, like "Done, 7 failed". */
function summary() {
  const sum = (countIn) => uploads.reduce((total, upload) => total + countIn(upload), 0);
  const rejectedRows = sum(rejectedRowsIn);
  const counters = { rejected: isIn("rejected"), failed: failedIn, unsent: isIn("unsent"), cancelled: cancelledIn, interrupted: isIn("interrupted") };
  const counts = Object.entries(counters)
    .map(([state, countIn]) => sum(countIn) && words.activity.count(sum(countIn), words.activity.counts[state]));
  const isDone = uploads.some((upload) => hasEndedAs(upload, "succeeded", "partial"));
  return [isDone && words.activity.done, ...counts, rejectedRows && words.activity.rejectedRows(rejectedRows)].filter(Boolean).join(", ");
}

const hasEndedAs = ({ state, job }, ...states) => state === "ended" && states.includes(job.state);
const isIn = (state) => (upload) => Number(upload.state === state);
const failedIn = (upload) => upload.job?.progress.failed || Number(upload.state === "lost" || hasEndedAs(upload, "failed"));
const cancelledIn = (upload) => Number(hasEndedAs(upload, "cancelled") && !failedIn(upload));
const rejectedRowsIn = ({ job }) => (job?.kind === "import-sales" && !job.result?.duplicate_of ? job.progress.skipped : 0);

/** Whether something of a successful job should be read: rejected rows, a warning, an assumption. */
const needsAttention = (upload) => Boolean(rejectedRowsIn(upload)
  || (upload.job && notesOf(upload.job).length));

const isUnremarkable = (upload) => hasEndedAs(upload, "succeeded") && !needsAttention(upload);

/** Remove a success by itself after a while, but not under the user's pointer. */
function scheduleDismissal(upload, panel) {
  const isInUse = () => panel.matches(":hover, :focus-within");
  const wait = () => setTimeout(() => (isInUse() ? wait() : dismiss(upload)), DISMISS_MS);
  if (!scheduled.has(upload)) wait();
  scheduled.add(upload);
}

function uploadRow(upload) {
  const { label, state, problem } = upload;
  if (state === "sending") return sendingRow(upload);
  if (state === "interrupted") return interruptedRow(upload);
  if (!words.activity.failures[state]) return jobRow(upload);
  return [
    line(label, h("span", { class: "badge bad" }, words.activity.failures[state])), paragraph(problem.message),
    state === "unsent" ? h("button", { onclick: () => send(upload) }, words.activity.sendAgain) : null,
  ];
}

function sendingRow({ label, sent, total, problem }) {
  if (problem) return [line(label, words.activity.waiting), paragraph(words.activity.connectionLost)];
  const text = total ? words.activity.sent(sent, total) : words.activity.starting;
  return [line(label, text), shareBar(total ? sent / total : null, words.activity.uploading(label))];
}

/** The user must choose the files again, which a page cannot read by itself after a reload. */
function interruptedRow(upload) {
  const { label, collection, sent, total, problem } = upload;
  return [
    line(label, h("span", { class: "badge warning" }, words.activity.failures.interrupted)),
    paragraph(words.activity.arrivedBefore(sent, total)),
    h("p", { class: "small" }, words.activity.goOn(h("a", { href: pageUrl("c", collection) }, collection))),
    problem ? h("p", { class: "small warning", role: "alert" }, sentence(problem.message)) : null,
    h("button", { onclick: () => discard(upload) }, words.activity.discard),
  ];
}

function jobRow(upload) {
  const { label, collection, job } = upload;
  const link = (text) => h("a", { href: pageUrl("jobs", job.id) }, text);
  const text = job.problem ? sentence(job.problem.detail) : progressText(job);
  const details = job.progress.failed || needsAttention(upload) ? [" · ", link(words.activity.details)] : null;
  return [
    line(link(words.activity.destination(label, collection)), badge(job)),
    hasEnded(job) ? null : progressBar(job),
    text ? h("p", { class: "small muted" }, text, details) : null,
    notesOf(job).map((note) => h("p", { class: "small warning" }, sentence(note))),
  ];
}

/** What a job warns of or assumed. */
const notesOf = ({ result }) => [...[result?.warning ?? []].flat(), ...(result?.assumptions ?? [])];

const stateLabel = ({ state, job }) => words.activity.failures[state] ?? words.job.states[job.state];
const paragraph = (text) => h("p", { class: "small" }, sentence(text));
const line = (left, right) => h("div", { class: "line" }, h("span", {}, left), h("span", { class: "muted number" }, right));

function announceResult(upload) {
  announced.add(upload);
  announce(words.activity.result(upload.label, stateLabel(upload)));
}
