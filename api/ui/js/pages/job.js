// One job: its progress and failures, and buttons to cancel and retry it.

import { call, collectionPath, get } from "../api.js";
import { fill, h, inOrder } from "../dom.js";
import { formatDateTime, formatNumber } from "../format.js";
import { followJob, hasEnded } from "../job_events.js";
import { problemName } from "../parts/image_problems.js";
import { badge, changesLink, kindLabel, progressBar, progressText } from "../parts/job_status.js";
import { backLink, factList, pageHeader, panel } from "../parts/layout.js";
import { sentence, showProblem } from "../parts/states.js";
import { row, table } from "../parts/table.js";
import { navigate, pageUrl } from "../router.js";
import { hasRole } from "../server_info.js";
import { trackJob } from "../uploads.js";
import { words } from "../words.js";

const MAX_FAILURES = 200;
const UPLOAD_RETENTION_MS = 7 * 86_400_000; // how long after its end a job can be retried
const PERMANENT_ERRORS = new Set(["invalid-input", "unreadable-image", "unsupported-media-type", "too-large", "not-found"]);

export async function jobPage({ id, signal }) {
  const [job, canWrite] = await Promise.all([get(`v1/jobs/${encodeURIComponent(id)}`, {}, signal), hasRole("write")]);
  const collectionExists = await exists(job.collection, signal);
  const content = h("div", { class: "stack" });
  const begin = inOrder(); // a job may end while the page still loads its failures
  const render = async (current) => {
    const isNews = begin();
    const failures = current.progress.failed
      ? await get(`v1/jobs/${current.id}/failures`, { limit: MAX_FAILURES }, signal) : { items: [] };
    if (!isNews()) return;
    fill(content,
      statusPanel(current, canWrite, collectionExists && retryMayHelp(current, failures)),
      notesPanel(current),
      imageProblemsPanel(current),
      notImportedPanel(current),
      failures.items.length ? failuresPanel(current, failures, canWrite) : null);
  };
  await render(job);
  if (!hasEnded(job)) followJob(id, (current) => render(current).catch(() => {}), signal).catch(() => {});
  const { collection } = job;
  const subtitle = collectionExists ? h("a", { href: pageUrl("c", collection) }, collection) : words.job.deletedCollection(collection);
  return [backLink("#/jobs", words.job.back), pageHeader(kindLabel(job), [subtitle, job.filename ? ` · ${job.filename}` : ""]), content];
}

const exists = (collection, signal) => get(collectionPath(collection), {}, signal).then(() => true, (error) => {
  if (error.status !== 404) throw error;
  return false;
});

/** Whether a retry can have another result; errors in the uploaded files are permanent. */
function retryMayHelp(job, { items, next_cursor: nextCursor }) {
  if (!hasEnded(job) || job.state === "succeeded") return false;
  if (Date.now() - new Date(job.finished_at) > UPLOAD_RETENTION_MS) return false;
  if (job.problem) return !PERMANENT_ERRORS.has(job.problem.code);
  if (!job.progress.failed) return true;
  return job.kind === "ingest" && (Boolean(nextCursor) || items.some(({ code }) => !PERMANENT_ERRORS.has(code)));
}

function statusPanel(job, canWrite, canRetry) {
  const message = h("div", {});
  const action = (verb, onSuccess) => () =>
    showProblem(message, async () => onSuccess(await call("POST", `v1/jobs/${job.id}/${verb}`)));
  const cancel = action("cancel", () => fill(message,
    h("p", { class: "note" }, words.job.isCancelling)));
  const retry = action("retry", (newJob) => {
    trackJob(newJob, words.job.retryJob);
    navigate("jobs", newJob.id);
  });
  return h("section", { class: "panel stack" },
    h("div", { class: "line-between" }, badge(job), h("span", { class: "muted number" }, progressText(job))),
    progressBar(job),
    job.problem
      ? h("div", { class: "problem" }, h("strong", {}, job.problem.title), h("p", {}, sentence(job.problem.detail))) : null,
    message, changesLink(job), jobFacts(job),
    h("div", { class: "row" },
      canWrite && !hasEnded(job) ? h("button", { onclick: cancel }, words.actions.cancel) : null,
      canWrite && canRetry
        ? h("button", { class: "primary", onclick: retry }, job.progress.failed ? words.job.retryFailed : words.actions.retry) : null));
}

function jobFacts(job) {
  const times = Object.entries(words.job.times).map(([event, text]) => [text, formatDateTime(job[`${event}_at`])]);
  const results = Object.entries(job.result ?? {}).filter(([, value]) => value !== null && typeof value !== "object")
    .map(([name, value]) => [name.replaceAll("_", " "), formatResult(value)]);
  return [
    factList(times.filter(([, value]) => value)),
    h("details", { class: "specialists" }, h("summary", {}, words.job.specialists),
      factList([[words.job.id, h("code", {}, job.id)], ...results])),
  ];
}

function formatResult(value) {
  if (typeof value === "number") return formatNumber(value);
  return /^\d{4}-\d\d-\d\dT/.test(value) ? formatDateTime(value) : String(value);
}

function failuresPanel(job, failures, canWrite) {
  const isHopeless = canWrite && hasEnded(job) && !retryMayHelp(job, failures);
  const columns = words.job.failureColumns;
  return panel(words.job.failuresTitle(job.progress.failed, failures.items.length),
    isHopeless ? h("p", { class: "muted" }, words.job.retryIsUseless) : null,
    table(words.job.failures, columns, failures.items.map(({ file, sku, reason }) => row(columns, [file, sku ?? "", sentence(reason)]))));
}

/** What a job warns of or assumed. */
function notesPanel({ result }) {
  const notes = [...[result?.warning ?? []].flat(), ...(result?.assumptions ?? [])];
  return notes.length ? panel(words.job.notes, h("ul", { class: "plain-list" }, notes.map((note) => h("li", {}, sentence(note))))) : null;
}

/** What is wrong with the imported images. */
function imageProblemsPanel({ collection, result }) {
  const counts = Object.entries(result?.image_problems ?? {});
  if (!counts.length) return null;
  return panel(words.job.imageProblems,
    factList(counts.map(([problem, count]) => [problemName(problem), formatNumber(count)])),
    h("div", {}, h("a", { href: pageUrl("c", collection, "health") }, words.job.showImages)));
}

/** Why rows of a sales file were not imported. */
function notImportedPanel({ collection, result }) {
  if (!result?.reasons || result.duplicate_of || result.rows === result.accepted) return null;
  const leftOut = Object.entries(result.left_out ?? {}).map(([status, count]) => [words.job.orderIs(status), count]);
  return panel(words.job.notImported(result.rows - result.accepted),
    h("ul", { class: "plain-list" },
      [...Object.entries(result.reasons), ...leftOut].map(([reason, count]) => h("li", {}, words.job.notImportedFor(count, reason)))),
    h("div", {}, h("a", { href: pageUrl("c", collection, "rejects", result.upload) }, words.job.showNotImported)));
}
