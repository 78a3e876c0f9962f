// A job's kind, state and progress as text, badge and bar.

import { h } from "../dom.js";
import { formatNumber } from "../format.js";
import { hasEnded } from "../job_events.js";
import { pageUrl } from "../router.js";
import { words } from "../words.js";

const BADGE_CLASSES = { running: "active", succeeded: "good", partial: "warning", failed: "bad" };

export const kindLabel = (job) => words.job.kinds[job.kind] ?? job.kind;

/** The kinds of jobs that a filter of jobs shows together, by the name of the group. */
export const JOB_GROUPS = {
  imports: ["ingest", "import-sales"],
  training: ["train"],
  changes: ["change-items", "delete-items", "change-attributes", "delete-sales", "erase-user", "delete-collection"],
  maintenance: ["sync-items", "update-similar", "refill-lists", "verify", "rebuild", "fit-recipe", "change-encoder"],
};
/** Jobs that the server starts by itself to keep everything up to date. */
const ROUTINE = new Set(["sync-items", "update-similar", "refill-lists", "fit-recipe"]);

/** Whether nobody needs to read about a job: it was routine, and all went well. */
export const isRoutine = ({ kind, state }) => ROUTINE.has(kind) && state === "succeeded";

const { show } = words.job;
const PAGES = {
  "ingest": [show.items, ""], "change-items": [show.items, ""], "delete-items": [show.items, ""],
  "change-attributes": [show.attributes, "settings"], "import-sales": [show.sales, "recommendations"],
  "delete-sales": [show.sales, "recommendations"], "train": [show.recommendations, "recommendations"],
  "erase-user": [show.customers, "customers"], "update-similar": [show.duplicates, "duplicates"],
};

/** A link to what a job has changed; null if it has changed nothing that a page shows. */
export function changesLink({ kind, state, collection, result }) {
  if (!PAGES[kind] || !["succeeded", "partial"].includes(state) || result?.dry_run) return null;
  const [text, tab] = PAGES[kind];
  return h("a", { href: pageUrl("c", collection, ...(tab ? [tab] : [])), "aria-label": words.job.showOf(text, collection) }, text);
}

export const badge = ({ state }) => h("span", { class: `badge ${BADGE_CLASSES[state] ?? ""}` }, words.job.states[state] ?? state);

/** A progress bar; `share` is from 0 to 1, or null if unknown. */
export function shareBar(share, label) {
  const percent = share === null ? null : Math.round(100 * Math.min(1, share));
  return h("div", {
    class: share === null ? "bar indeterminate" : "bar", role: "progressbar", "aria-label": label,
    "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": percent,
  }, h("i", { style: share === null ? {} : { width: `${percent}%` } }));
}

export function progressBar(job) {
  const { total } = job.progress;
  if (job.state === "queued") return shareBar(0, kindLabel(job));
  return shareBar(total ? processed(job) / total : hasEnded(job) ? 1 : null, kindLabel(job));
}

/** The result of a job, or its progress: counts, rate and remaining time. */
export function progressText(job) {
  if (job.scheduled_for) return words.job.scheduled(job.scheduled_for);
  if (job.state === "queued") return words.job.queued;
  const { stage, done, total, failed, rate, eta_seconds: eta } = job.progress;
  if (stage && !hasEnded(job)) return words.job.stage(stage, done + 1, total);
  const isRunning = !hasEnded(job);
  const texts = !isRunning && job.state !== "failed" && RESULTS[job.kind] ? RESULTS[job.kind](job) : [
    total ? words.job.doneOf(processed(job), total) : processed(job) && formatNumber(processed(job)),
    failed && words.job.failed(failed),
    isRunning && rate && words.job.rate(rate),
    isRunning && eta && words.job.timeLeft(eta),
  ];
  return texts.filter(Boolean).join(" · ") || (isRunning ? words.job.inProgress : "");
}

/** What came of a job, in the same words as the command line. */
const RESULTS = {
  "ingest": ({ progress: { done, skipped, updated, failed }, result }) => [
    result?.dry_run && words.job.wouldBeImported(result.planned_images, result.planned_items),
    !result?.dry_run && (done || !updated) && words.job.imagesImported(done),
    updated && words.job.attributesUpdated(updated),
    skipped && words.job.unchanged(skipped),
    failed && words.job.failed(failed),
    result?.deleted && words.job.itemsDeleted(result.deleted),
    result?.items !== undefined && !result.dry_run && words.job.itemsNow(result.items),
    newAttributes(result),
  ],
  "import-sales": ({ progress: { done, skipped }, result }) => (result?.duplicate_of
    ? [words.job.importedBefore]
    : [words.job.linesImported(done), skipped && words.job.linesRejected(skipped),
      ...Object.entries(result?.left_out ?? {}).map(([status, count]) => words.job.linesLeftOut(count, status))]),
  "erase-user": ({ result }) => [result?.warning ?? words.job.linesErased(result?.rows ?? 0)],
  "train": ({ result }) => [
    result?.generation ? words.job.lists(result.users) : words.job.nothingPublished,
    result?.generation && !result.served && words.job.keptNotServed,
  ],
};

function newAttributes(result) {
  const types = Object.entries(result?.new_attributes ?? {});
  return types.length && words.job.newAttributes(types);
}

const processed = ({ progress }) => progress.done + progress.failed + progress.skipped;
