// A job's kind, state and progress as text, badge and bar.

import { h } from "../dom.js";
import { formatDateTime, formatDuration, formatNumber, pluralize } from "../format.js";
import { hasEnded } from "../job_events.js";
import { pageUrl } from "../router.js";

const KINDS = {
  "ingest": "Image import", "sync-items": "Item update", "verify": "Verification", "rebuild": "Rebuild",
  "change-items": "Bulk change", "delete-items": "Bulk deletion", "change-attributes": "Change of attribute types",
  "change-encoder": "Encoder change", "fit-recipe": "Fit to the images", "delete-collection": "Collection deletion",
  "import-sales": "Sales import", "delete-sales": "Sales deletion", "erase-user": "Customer erasure",
  "train": "Training", "refill-lists": "List refill", "update-similar": "Update of similar items",
};
const BADGE_CLASSES = { running: "active", succeeded: "good", partial: "warning", failed: "bad" };
const STATE_LABELS = { partial: "partly failed" };

export const kindLabel = (job) => KINDS[job.kind] ?? job.kind;

/** The kinds of jobs that a filter of jobs shows together. */
export const JOB_GROUPS = {
  imports: ["Imports", ["ingest", "import-sales"]],
  training: ["Training", ["train"]],
  changes: ["Changes and deletions", ["change-items", "delete-items", "change-attributes", "delete-sales", "erase-user", "delete-collection"]],
  maintenance: ["Maintenance", ["sync-items", "update-similar", "refill-lists", "verify", "rebuild", "fit-recipe", "change-encoder"]],
};
/** Jobs that the server starts by itself to keep everything up to date. */
const ROUTINE = new Set(["sync-items", "update-similar", "refill-lists", "fit-recipe"]);

/** Whether nobody needs to read about a job: it was routine, and all went well. */
export const isRoutine = ({ kind, state }) => ROUTINE.has(kind) && state === "succeeded";

const PAGES = {
  "ingest": ["Show items", ""], "change-items": ["Show items", ""], "delete-items": ["Show items", ""],
  "change-attributes": ["Show attributes", "settings"], "import-sales": ["Show sales", "recommendations"],
  "delete-sales": ["Show sales", "recommendations"], "train": ["Show recommendations", "recommendations"],
  "erase-user": ["Show customers", "customers"], "update-similar": ["Show duplicates", "duplicates"],
};

/** A link to what a job has changed; null if it has changed nothing that a page shows. */
export function changesLink({ kind, state, collection, result }) {
  if (!PAGES[kind] || !["succeeded", "partial"].includes(state) || result?.dry_run) return null;
  const [text, tab] = PAGES[kind];
  return h("a", { href: pageUrl("c", collection, ...(tab ? [tab] : [])), "aria-label": `${text} of ${collection}` }, text);
}

export const badge = ({ state }) => h("span", { class: `badge ${BADGE_CLASSES[state] ?? ""}` }, STATE_LABELS[state] ?? state);

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
  if (job.scheduled_for) return `scheduled for ${formatDateTime(job.scheduled_for)}`;
  if (job.state === "queued") return "waiting for a worker";
  const { stage, done, total, failed, rate, eta_seconds: eta } = job.progress;
  if (stage && !hasEnded(job)) return `${stage}, stage ${done + 1} of ${total}`;
  const isRunning = !hasEnded(job);
  const texts = !isRunning && job.state !== "failed" && RESULTS[job.kind] ? RESULTS[job.kind](job) : [
    total ? `${formatNumber(processed(job))} of ${formatNumber(total)}` : processed(job) && formatNumber(processed(job)),
    failed && `${formatNumber(failed)} failed`,
    isRunning && rate && `${rate >= 10 ? Math.round(rate) : rate.toFixed(1)} per second`,
    isRunning && eta && `${formatDuration(eta)} left`,
  ];
  return texts.filter(Boolean).join(" · ") || (isRunning ? "in progress" : "");
}

/** What came of a job, in the same words as the command line. */
const RESULTS = {
  "ingest": ({ progress: { done, skipped, updated, failed }, result }) => [
    result?.dry_run ? `${pluralize(result.planned_images, "image")} of ${pluralize(result.planned_items, "item")} would be imported`
      : `${pluralize(done, "image")} imported`,
    skipped && `${formatNumber(skipped)} unchanged`,
    updated && `attributes of ${pluralize(updated, "item")} updated`,
    failed && `${formatNumber(failed)} failed`,
    result?.deleted && `${pluralize(result.deleted, "item")} deleted`,
    result?.items !== undefined && !result.dry_run && `now ${pluralize(result.items, "item")}`,
    newAttributes(result),
  ],
  "import-sales": ({ progress: { done, skipped }, result }) => (result?.duplicate_of
    ? ["this file was imported before"]
    : [`${pluralize(done, "order line")} imported`, skipped && `${formatNumber(skipped)} rejected`,
      ...Object.entries(result?.left_out ?? {}).map(([status, count]) => `${formatNumber(count)} ${status}`)]),
  "erase-user": ({ result }) => [result?.warning ?? `${pluralize(result?.rows ?? 0, "order line")} erased`],
  "train": ({ result }) => [
    result?.generation ? `lists for ${pluralize(result.users, "customer")}` : "nothing was published",
    result?.generation && !result.served && "kept, not served: a rollback holds",
  ],
};

function newAttributes(result) {
  const types = Object.entries(result?.new_attributes ?? {}).map(([name, type]) => `${name} (${type})`);
  return types.length && `new attributes: ${types.join(", ")}`;
}

const processed = ({ progress }) => progress.done + progress.failed + progress.skipped;
