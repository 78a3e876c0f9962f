// A job as a badge, a bar and words.

import { h } from "../dom.js";
import { count, counted, span } from "../format.js";
import { ended } from "../live.js";

const KINDS = {
  "ingest": "Pictures",
  "sync-items": "Changed items",
  "delete-collection": "Deletion",
  "change-encoder": "Change of network",
  "rebuild": "Rebuild",
  "verify": "Comparison",
  "import-sales": "Sales",
  "delete-sales": "Deletion of sales",
  "erase-user": "Erasure of a customer",
  "train": "Training",
  "refill-lists": "Lists filled in again",
};
const LOOKS = { queued: "", running: "busy", succeeded: "good", partial: "warm", failed: "bad", cancelled: "" };
const WORDS = { partial: "ended, some failed" };

export const kindOf = (job) => KINDS[job.kind] ?? job.kind;

export const badge = (job) => h("span", { class: `badge ${LOOKS[job.state]}` }, WORDS[job.state] ?? job.state);

export function bar(share, label) {
  const known = share !== null && share !== undefined;
  const percent = known ? Math.round(100 * Math.min(1, share)) : null;
  return h("div", { class: known ? "bar" : "bar busy", role: "progressbar", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": percent },
    h("i", { style: known ? { width: `${percent}%` } : {} }));
}

export function progressBar(job) {
  const { total } = job.progress;
  if (job.state === "queued") return bar(0, kindOf(job));
  return bar(total ? seen(job) / total : ended(job) ? 1 : null, kindOf(job));
}

/** What has come of it, or how far it is: counts, rate and how long yet. */
export function progressText(job) {
  const { total, failed, rate, eta_seconds: eta } = job.progress;
  if (job.state === "queued") return "waits for a worker";
  if (job.state !== "failed" && ended(job) && OUTCOMES[job.kind]) return OUTCOMES[job.kind](job).filter(Boolean).join(" · ");
  const told = [];
  if (total) told.push(`${count(seen(job))} of ${count(total)}`);
  else if (seen(job)) told.push(count(seen(job)));
  if (failed) told.push(`${count(failed)} failed`);
  if (!ended(job) && rate) told.push(`${rate >= 10 ? Math.round(rate) : rate.toFixed(1)} a second`);
  if (!ended(job) && eta) told.push(`${span(eta)} left`);
  return told.join(" · ") || (ended(job) ? "" : "at work");
}

const OUTCOMES = {
  "ingest": ({ progress: { done, skipped, failed }, result }) => [
    `${counted(done, "picture")} taken in`, skipped && `${count(skipped)} there already`, failed && `${count(failed)} refused`,
    result?.items !== undefined && `${counted(result.items, "item")} now`],
  "import-sales": ({ progress: { done, skipped }, result }) => (result?.duplicate_of
    ? ["this file is here already"]
    : [`${counted(done, "order line")} taken in`, skipped && `${count(skipped)} set aside`]),
  "train": ({ result }) => [result?.generation ? `lists for ${counted(result.users, "customer")}` : "nothing was published"],
};

const seen = ({ progress }) => progress.done + progress.failed + progress.skipped;
