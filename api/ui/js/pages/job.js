// One job: how far it is, what failed and why; cancel, retry.

import { may } from "../about.js";
import { at, call, get } from "../api.js";
import { fill, h } from "../dom.js";
import { count, counted, when } from "../format.js";
import { ended, follow } from "../live.js";
import { badge, kindOf, progressBar, progressText } from "../parts/jobs.js";
import { problem, sentence } from "../parts/states.js";
import { row, table } from "../parts/table.js";
import { go, to } from "../router.js";
import { track } from "../uploads.js";

const SHOWN = 200;
const COLUMNS = ["File", "Item", "Reason"];
const KEPT_MS = 7 * 86_400_000; // so long its upload is there
const HOPELESS = new Set(["invalid-input", "unreadable-image", "unsupported-media", "too-large", "not-found"]);

export async function job({ id, signal }) {
  const [found, writer] = await Promise.all([get(`v1/jobs/${encodeURIComponent(id)}`, {}, signal), may("write")]);
  const known = await isThere(found.collection, signal);
  const place = h("div", { class: "stack" });
  const render = async (now) => {
    const failures = now.progress.failed ? await get(`v1/jobs/${now.id}/failures`, { limit: SHOWN }, signal) : { items: [] };
    fill(place, card(now, writer, known && mayEndOtherwise(now, failures)), setAside(now), failures.items.length ? failuresOf(now, failures, writer) : null);
  };
  await render(found);
  if (!ended(found)) follow(id, (now) => render(now).catch(() => {}), signal).catch(() => {});
  return [
    h("p", { class: "back" }, h("a", { href: "#/jobs" }, "← Jobs")),
    h("div", { class: "head" }, h("div", {}, h("h1", {}, kindOf(found)), h("p", {}, known ? h("a", { href: to("c", found.collection) }, found.collection) : `${found.collection}, which is not there any more`))),
    place,
  ];
}

const isThere = (collection, signal) => get(at(collection), {}, signal).then(() => true, (error) => {
  if (error.status !== 404) throw error;
  return false;
});

/** Whether another try can help: what a file is like does not change by itself. */
function mayEndOtherwise(job, { items, next_cursor: more }) {
  if (!ended(job) || job.state === "succeeded" || Date.now() - new Date(job.finished_at) > KEPT_MS) return false;
  if (job.problem) return !HOPELESS.has(job.problem.code);
  return !job.progress.failed || (job.kind === "ingest" && (Boolean(more) || items.some(({ code }) => !HOPELESS.has(code))));
}

function card(job, writer, again) {
  const told = h("div", {});
  const act = (verb, then) => async () => {
    try {
      then(await call("POST", `v1/jobs/${job.id}/${verb}`));
    } catch (error) {
      fill(told, problem(error));
    }
  };
  const cancel = act("cancel", () => fill(told, h("p", { class: "note" }, "It was asked to stop; it does so within one chunk, and keeps what it has done.")));
  const retry = act("retry", (again) => {
    track(again, "Second try");
    go("jobs", again.id);
  });
  return h("section", { class: "panel stack" },
    h("div", { class: "line-between" }, badge(job), h("span", { class: "soft number" }, progressText(job))),
    progressBar(job),
    job.problem ? h("div", { class: "problem" }, h("strong", {}, job.problem.title), h("p", {}, sentence(job.problem.detail))) : null,
    told,
    h("dl", { class: "facts small" },
      h("dt", {}, "made"), h("dd", {}, when(job.created_at)),
      job.started_at ? [h("dt", {}, "begun"), h("dd", {}, when(job.started_at))] : null,
      job.finished_at ? [h("dt", {}, "ended"), h("dd", {}, when(job.finished_at))] : null,
      h("dt", {}, "id"), h("dd", {}, h("code", {}, job.id)),
      facts(job.result)),
    h("div", { class: "row" },
      writer && !ended(job) ? h("button", { onclick: cancel }, "Cancel") : null,
      writer && again ? h("button", { class: "main", onclick: retry }, job.progress.failed ? "Retry failed" : "Try again") : null));
}

const facts = (result) => Object.entries(result ?? {}).filter(([, value]) => value !== null && typeof value !== "object")
  .map(([name, value]) => [h("dt", {}, name.replaceAll("_", " ")), h("dd", {}, plainly(value))]);

function failuresOf(job, { items, next_cursor: more }, writer) {
  const hopeless = writer && ended(job) && !mayEndOtherwise(job, { items, next_cursor: more });
  return h("section", { class: "panel stack" },
    h("h2", {}, `${counted(job.progress.failed, "failure")}${more ? `, the first ${SHOWN}` : ""}`),
    hopeless ? h("p", { class: "soft" }, "Another try would end the same: mend the files, and send them anew.") : null,
    table("Failures", COLUMNS, items.map((one) => row(COLUMNS, [one.file, one.sku ?? "", sentence(one.reason)]))));
}

const plainly = (value) => {
  if (typeof value === "number") return count(value);
  return /^\d{4}-\d\d-\d\dT/.test(value) ? when(value) : String(value);
};

/** Why rows of a sales file did not count. */
function setAside({ collection, result }) {
  if (!result?.rejected || result.duplicate_of) return null;
  return h("section", { class: "panel stack" },
    h("h2", {}, `${counted(result.rejected, "row")} set aside`),
    h("ul", { class: "plain-list" }, Object.entries(result.reasons).map(([reason, number]) => h("li", {}, `${count(number)} × ${reason}`))),
    h("div", {}, h("a", { href: to("c", collection, "rejects", result.upload) }, "Look at them")));
}
