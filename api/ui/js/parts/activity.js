// The panel in the corner that shows the uploads and jobs of this tab, whichever page is open.

import { announce, fill, h } from "../dom.js";
import { formatBytes, formatNumber, pluralize } from "../format.js";
import { hasEnded } from "../job_events.js";
import { pageUrl } from "../router.js";
import { dismissFinished, isBusy, onUploadsChange, send, uploads } from "../uploads.js";
import { badge, progressBar, progressText, shareBar } from "./job_status.js";
import { sentence } from "./states.js";

const DISMISS_MS = 20_000; // after everything succeeded
const announced = new WeakSet();
let isFolded = false;
let dismissTimer;

export function startActivityPanel() {
  const panel = document.getElementById("activity");
  const render = () => {
    panel.hidden = uploads.length === 0;
    const focusIndex = controls(panel).indexOf(document.activeElement);
    const list = () => h("ul", {}, uploads.map((upload) => h("li", {}, uploadRow(upload))));
    fill(panel, header(render), isFolded ? null : list());
    controls(panel)[focusIndex]?.focus({ preventScroll: true }); // it is rendered many times a second
    uploads.filter(isBusy).forEach((upload) => announced.delete(upload)); // it may have been sent again
    uploads.filter((upload) => !isBusy(upload) && !announced.has(upload)).forEach(announceResult);
    scheduleDismissal(panel);
  };
  onUploadsChange(render);
  new ResizeObserver(() => { // extends the page, so that nothing stays hidden below the panel
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
  const foldButton = () => h("button", {
    class: "plain", "aria-expanded": String(!isFolded), onclick: toggle,
  }, isFolded ? "Show" : "Hide");
  const closeButton = () => h("button", { class: "plain icon", "aria-label": "Close", onclick: dismissFinished }, "✕");
  return h("header", {}, h("span", {}, anyBusy ? "In progress" : summary()), anyBusy ? foldButton() : closeButton());
}

/** The overall result, like "Done, 7 failed". */
function summary() {
  const sum = (countIn) => uploads.reduce((total, upload) => total + countIn(upload), 0);
  const rejectedRows = sum(rejectedRowsIn);
  const counts = [[rejectedIn, "rejected"], [failedIn, "failed"], [unsentIn, "not sent"], [cancelledIn, "cancelled"]]
    .map(([countIn, label]) => [sum(countIn), label]).filter(([number]) => number)
    .map(([number, label]) => `${formatNumber(number)} ${label}`);
  const isDone = uploads.some(({ state, job }) => state === "ended" && ["succeeded", "partial"].includes(job.state));
  const rowsText = rejectedRows && `${pluralize(rejectedRows, "row")} rejected`;
  return [isDone && "Done", ...counts, rowsText].filter(Boolean).join(", ");
}

const hasFailed = ({ state, job }) => state === "lost" || (state === "ended" && job.state === "failed");
const rejectedIn = ({ state }) => Number(state === "rejected");
const failedIn = (upload) => upload.job?.progress.failed || Number(hasFailed(upload));
const unsentIn = ({ state }) => Number(state === "unsent");
const wasCancelled = ({ state, job }) => state === "ended" && job.state === "cancelled";
const cancelledIn = (upload) => Number(wasCancelled(upload) && !failedIn(upload));
const rejectedRowsIn = ({ job }) => (job?.kind === "import-sales" && !job.result?.duplicate_of ? job.progress.skipped : 0);

function scheduleDismissal(panel) {
  clearTimeout(dismissTimer);
  const hasSucceeded = ({ state, job }) => state === "ended" && job.state === "succeeded" && !rejectedRowsIn({ job });
  if (!uploads.length || !uploads.every(hasSucceeded)) return;
  const isInUse = () => panel.matches(":hover, :focus-within");
  const dismissUnlessInUse = () => (isInUse() ? scheduleDismissal(panel) : dismissFinished());
  dismissTimer = setTimeout(dismissUnlessInUse, DISMISS_MS);
}

function uploadRow(upload) {
  const { label, state, problem } = upload;
  const failureLine = (text) => [line(label, h("span", { class: "badge bad" }, text)), paragraph(problem.message)];
  switch (state) {
    case "sending":
      return sendingRow(upload);
    case "unsent":
      return [failureLine("not sent"), h("button", { onclick: () => send(upload) }, "Send again")];
    case "rejected":
      return failureLine("rejected");
    case "lost":
      return failureLine("status unknown");
    default:
      return jobRow(upload);
  }
}

function sendingRow({ label, sent, total, problem }) {
  if (problem) return [line(label, "waiting"), paragraph("Connection lost; retrying")];
  return [
    line(label, total ? `${formatBytes(sent)} of ${formatBytes(total)}` : "starting"),
    shareBar(total ? sent / total : null, `Uploading ${label}`),
  ];
}

function jobRow(upload) {
  const { label, collection, job } = upload;
  const href = pageUrl("jobs", job.id);
  const details = job.progress.failed || rejectedRowsIn(upload) ? [" · ", h("a", { href }, "Details")] : null;
  const text = job.problem ? sentence(job.problem.detail) : progressText(job);
  return [
    line(h("a", { href }, `${label} → ${collection}`), badge(job)),
    hasEnded(job) ? null : progressBar(job),
    text ? h("p", { class: "small muted" }, text, details) : null,
  ];
}

const paragraph = (text) => h("p", { class: "small" }, sentence(text));
const line = (left, right) => h("div", { class: "line" }, h("span", {}, left), h("span", { class: "muted number" }, right));

function announceResult(upload) {
  announced.add(upload);
  announce(`${upload.label}: ${upload.job?.state ?? upload.state}`);
}
