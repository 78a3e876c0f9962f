// The corner that shows what this tab has set going, on whatever page.

import { fill, h, say } from "../dom.js";
import { bytes, count } from "../format.js";
import { ended } from "../live.js";
import { to } from "../router.js";
import { busy, dismiss, onUploads, sendNow, uploads } from "../uploads.js";
import { badge, bar, progressBar, progressText } from "./jobs.js";
import { sentence } from "./states.js";

const STAYS_MS = 20_000; // when all went well
const told = new WeakSet();
let folded = false;
let leaving;

export function startActivity() {
  const place = document.getElementById("activity");
  const show = () => {
    place.hidden = uploads.length === 0;
    const focused = controls(place).indexOf(document.activeElement);
    fill(place, header(show), folded ? null : h("ul", {}, uploads.map((upload) => h("li", {}, row(upload)))));
    controls(place)[focused]?.focus({ preventScroll: true }); // it is drawn anew many times a second
    uploads.filter(busy).forEach((upload) => told.delete(upload)); // it may be sent again
    uploads.filter((upload) => !busy(upload) && !told.has(upload)).forEach(announce);
    leaveWhenDone(place);
  };
  onUploads(show);
  new ResizeObserver(() => { // what lies below it can be scrolled up
    document.body.style.setProperty("--corner", `${place.offsetHeight}px`);
  }).observe(place);
}

const controls = (place) => [...place.querySelectorAll("a, button")];

function header(show) {
  const working = uploads.some(busy);
  const fold = () => {
    folded = !folded;
    show();
  };
  folded &&= working;
  return h("header", {}, h("span", {}, working ? "At work" : summary()), working
    ? h("button", { class: "plain", "aria-expanded": String(!folded), onclick: fold }, folded ? "Show" : "Hide")
    : h("button", { class: "plain round", "aria-label": "Close", onclick: dismiss }, "✕"));
}

/** What came of all of it, as "Done, 7 refused". */
function summary() {
  const sum = (number) => uploads.reduce((total, upload) => total + number(upload), 0);
  const counts = [[refusedOf, "refused"], [setAsideOf, "set aside"], [stateOf("unsent"), "not sent"], [stateOf("lost", "failed"), "failed"], [stateOf("cancelled"), "cancelled"]]
    .map(([of, word]) => [sum(of), word]).filter(([number]) => number).map(([number, word]) => `${count(number)} ${word}`);
  return [uploads.some(({ state, job }) => state === "ended" && ["succeeded", "partial"].includes(job.state)) ? "Done" : null, ...counts].filter(Boolean).join(", ");
}

const refusedOf = ({ state, job }) => (state === "refused" ? 1 : job?.progress.failed ?? 0);
const setAsideOf = ({ job }) => (job?.kind === "import-sales" && !job.result?.duplicate_of ? job.progress.skipped : 0);
const stateOf = (...states) => ({ state, job }) => (states.includes(state === "ended" ? job.state : state) && !refusedOf({ state, job }) ? 1 : 0);

function leaveWhenDone(place) {
  clearTimeout(leaving);
  const well = ({ state, job }) => state === "ended" && job.state === "succeeded" && !setAsideOf({ job });
  if (uploads.length && uploads.every(well)) leaving = setTimeout(() => (place.matches(":hover, :focus-within") ? leaveWhenDone(place) : dismiss()), STAYS_MS);
}

function row(upload) {
  const { label, state, problem } = upload;
  if (state === "sending") return sending(upload);
  if (state === "unsent") {
    return [line(label, h("span", { class: "badge bad" }, "not sent")), words(problem.message),
      h("button", { onclick: () => sendNow(upload) }, "Send again")];
  }
  if (state === "refused" || state === "lost") return [line(label, h("span", { class: "badge bad" }, state)), words(problem.message)];
  return jobRow(upload);
}

function sending({ label, sent, total, problem }) {
  if (problem) return [line(label, "waits"), words("The server went away; it is tried again")];
  return [line(label, total ? `${bytes(sent)} of ${bytes(total)}` : "begins"), bar(total ? sent / total : null, `Sending ${label}`)];
}

function jobRow({ label, collection, job }) {
  const link = h("a", { href: to("jobs", job.id) }, `${label} → ${collection}`);
  const why = refusedOf({ job }) || setAsideOf({ job }) ? [" · ", h("a", { href: to("jobs", job.id) }, "why")] : null;
  const text = job.problem ? sentence(job.problem.detail) : progressText(job);
  return [line(link, badge(job)), ended(job) ? null : progressBar(job), text ? h("p", { class: "small soft" }, text, why) : null];
}

const words = (text) => h("p", { class: "small" }, sentence(text));
const line = (left, right) => h("div", { class: "line" }, h("span", {}, left), h("span", { class: "soft number" }, right));

function announce(upload) {
  told.add(upload);
  say(`${upload.label}: ${upload.job?.state ?? upload.state}`);
}
