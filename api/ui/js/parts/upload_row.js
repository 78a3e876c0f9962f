// An upload or job as the activity panel shows it: its state, its progress, and what the user can do.

import { h } from "../dom.js";
import { openImport } from "../imports/import_dialog.js";
import { discard } from "../interrupted_uploads.js";
import { hasEnded } from "../job_events.js";
import { pageUrl } from "../router.js";
import { send } from "../uploads.js";
import { words } from "../words.js";
import { ACCEPTED_FILES, fileButton } from "./file_input.js";
import { problemName } from "./image_problems.js";
import { badge, progressBar, progressText, shareBar } from "./job_status.js";
import { sentence } from "./states.js";

export const rejectedRowsIn = ({ job }) => (job?.kind === "import-sales" && !job.result?.duplicate_of ? job.progress.skipped : 0);

/** Whether something of a successful job should be read: rejected rows, a warning, an assumption. */
export const needsAttention = (upload) => Boolean(rejectedRowsIn(upload) || (upload.job && notesOf(upload.job).length));

export function uploadRow(upload) {
  const { label, state, problem } = upload;
  if (state === "waiting") return [line(label, words.activity.waiting)];
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
  const { label, collection, source, sent, total, problem } = upload;
  const { actionOf, chooseAgain: { [source]: choose }, discard: discardText } = words.activity;
  const onFiles = (entries) => openImport(collection, entries, source === "sales" ? source : null);
  const picker = source === "folder" ? { folder: true } : { accept: ACCEPTED_FILES, multiple: source === "files" };
  return [
    line(label, h("span", { class: "badge warning" }, words.activity.failures.interrupted)),
    paragraph(total ? words.activity.arrivedBefore(sent, total) : words.activity.nothingArrived),
    h("p", { class: "small" }, words.activity.goOn(h("a", { href: pageUrl("c", collection) }, collection), source, total > 0)),
    problem ? h("p", { class: "small warning", role: "alert" }, sentence(problem.message)) : null,
    h("div", { class: "row" }, fileButton(choose, onFiles, { ...picker, name: actionOf(choose, label) }),
      h("button", { "aria-label": actionOf(discardText, label), onclick: () => discard(upload) }, discardText)),
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
    imageProblems(job),
    notesOf(job).map((note) => h("p", { class: "small warning" }, sentence(note))),
  ];
}

function imageProblems({ collection, result }) {
  const counts = Object.entries(result?.image_problems ?? {});
  if (!counts.length) return null;
  const texts = counts.map(([problem, count]) => words.job.imageProblem(problemName(problem), count));
  return h("p", { class: "small muted" }, `${texts.join(" · ")} · `, h("a", { href: pageUrl("c", collection, "health") }, words.job.showImages));
}

/** What a job warns of or assumed. */
const notesOf = ({ result }) => [...[result?.warning ?? []].flat(), ...(result?.assumptions ?? [])];

const paragraph = (text) => h("p", { class: "small" }, sentence(text));
const line = (left, right) => h("div", { class: "line" }, h("span", {}, left), h("span", { class: "muted number" }, right));
