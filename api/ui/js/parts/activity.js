// The panel in the corner of every page that shows the uploads and jobs of this tab.

import { announce, fill, h } from "../dom.js";
import { showInterrupted } from "../interrupted_uploads.js";
import { dismiss, dismissFinished, isBusy, onUploadsChange, uploads } from "../upload_list.js";
import { words } from "../words.js";
import { needsAttention, rejectedRowsIn, uploadRow } from "./upload_row.js";

const DISMISS_MS = 10_000; // after a job has succeeded
const announced = new WeakSet();
const scheduled = new WeakSet(); // to be dismissed
const rows = new WeakMap(); // by upload; nodes are kept, since a button that is replaced while it is pressed does nothing
let isFolded = false;
let wasBusy = false;

export function startActivityPanel() {
  const panel = document.getElementById("activity");
  const render = ({ detail: changed } = {}) => {
    panel.hidden = uploads.length === 0;
    const focused = document.activeElement;
    const focusIndex = controls(panel).indexOf(focused);
    updateHeader();
    list.hidden = isFolded;
    showRows(list, uploads.map((upload) => rowOf(upload, changed)));
    if (focusIndex >= 0 && !controls(panel).includes(document.activeElement)) refocus(panel, focused, focusIndex);
    uploads.filter(isBusy).forEach((upload) => announced.delete(upload)); // a retried upload gets a new announcement
    uploads.filter((upload) => !isBusy(upload) && !announced.has(upload)).forEach(announceResult);
    uploads.filter(isUnremarkable).forEach((upload) => scheduleDismissal(upload, panel));
  };
  const [[header, updateHeader], list] = [panelHeader(render), h("ul")];
  fill(panel, header, list);
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

const controls = (panel) => [...panel.querySelectorAll("a, button")].filter((control) => control.checkVisibility());

/** Keep the focus across renderings: on the same control, or on the one in its place. */
function refocus(panel, focused, index) {
  const control = controls(panel).includes(focused) ? focused : controls(panel)[index];
  control?.focus({ preventScroll: true });
}

/** The header of the panel, and a function that updates it. */
function panelHeader(render) {
  const onclick = () => {
    isFolded = !isFolded;
    render();
  };
  const [title, toggle] = [h("span"), h("button", { class: "plain", onclick })];
  const close = h("button", { class: "plain icon", "aria-label": words.actions.close, onclick: dismissFinished }, "✕");
  const update = () => {
    const anyBusy = uploads.some(isBusy);
    if (anyBusy !== wasBusy) isFolded = false;
    wasBusy = anyBusy;
    title.textContent = anyBusy ? words.activity.inProgress : summary();
    toggle.textContent = isFolded ? words.actions.show : words.actions.hide;
    toggle.ariaExpanded = `${!isFolded}`;
    toggle.hidden = !anyBusy && !isFolded;
    close.hidden = anyBusy;
  };
  return [h("header", {}, title, h("span", { class: "row" }, toggle, close)), update];
}

function rowOf(upload, changed) {
  const row = rows.get(upload) ?? h("li");
  if (!rows.has(upload) || upload === changed) fill(row, uploadRow(upload));
  rows.set(upload, row);
  return row;
}

function showRows(list, shown) {
  const isSame = shown.length === list.childElementCount && shown.every((row, n) => row === list.children[n]);
  if (!isSame) fill(list, shown);
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

const isUnremarkable = (upload) => hasEndedAs(upload, "succeeded") && !needsAttention(upload);

/** Remove a success by itself after a while, but not under the user's pointer. */
function scheduleDismissal(upload, panel) {
  const isInUse = () => panel.matches(":hover, :focus-within");
  const wait = () => setTimeout(() => (isInUse() ? wait() : dismiss(upload)), DISMISS_MS);
  if (!scheduled.has(upload)) wait();
  scheduled.add(upload);
}

const stateLabel = ({ state, job }) => words.activity.failures[state] ?? words.job.states[job.state];

function announceResult(upload) {
  announced.add(upload);
  announce(words.activity.result(upload.label, stateLabel(upload)));
}
