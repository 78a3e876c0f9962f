// One job: how far it is, what failed and why; cancel, retry.

import { may } from "../about.js";
import { call, get } from "../api.js";
import { fill, h } from "../dom.js";
import { counted, when } from "../format.js";
import { ended, follow } from "../live.js";
import { badge, kindOf, progressBar, progressText } from "../parts/jobs.js";
import { problem, sentence } from "../parts/states.js";
import { go, to } from "../router.js";
import { track } from "../uploads.js";

const SHOWN = 200;

export async function job({ id, signal }) {
  const [found, writer] = await Promise.all([get(`v1/jobs/${encodeURIComponent(id)}`, {}, signal), may("write")]);
  const place = h("div", { class: "stack" });
  const failures = h("div", {});
  const render = async (now) => {
    fill(place, card(now, writer));
    if (now.progress.failed) await showFailures(now, failures, signal);
  };
  await render(found);
  if (!ended(found)) follow(id, render, signal).catch(() => {});
  return [
    h("p", { class: "back" }, h("a", { href: "#/jobs" }, "← Jobs")),
    h("div", { class: "head" }, h("div", {}, h("h1", {}, kindOf(found)), h("p", {}, found.kind === "delete-collection" ? found.collection : h("a", { href: to("c", found.collection) }, found.collection)))),
    place, failures,
  ];
}

function card(job, writer) {
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
  const again = writer && ended(job) && (job.progress.failed || job.state === "failed" || job.state === "cancelled");
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
      again ? h("button", { class: "main", onclick: retry }, job.progress.failed ? "Retry failed" : "Try again") : null));
}

const facts = (result) => Object.entries(result ?? {}).filter(([, value]) => value !== null && typeof value !== "object")
  .map(([name, value]) => [h("dt", {}, name.replaceAll("_", " ")), h("dd", {}, typeof value === "number" ? value.toLocaleString() : String(value))]);

async function showFailures(job, place, signal) {
  const { items, next_cursor: more } = await get(`v1/jobs/${job.id}/failures`, { limit: SHOWN }, signal);
  if (!items.length) return;
  fill(place, h("section", { class: "panel below" },
    h("h2", {}, `${counted(job.progress.failed, "failure")}${more ? `, the first ${SHOWN}` : ""}`),
    h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Failures" }, h("table", {},
      h("thead", {}, h("tr", {}, ["File", "Item", "Reason"].map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, items.map((one) => h("tr", {}, h("td", {}, one.file), h("td", {}, one.sku ?? ""), h("td", {}, sentence(one.reason)))))))));
}
