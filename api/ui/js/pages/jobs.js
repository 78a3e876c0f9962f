// All jobs, live.

import { get, pages } from "../api.js";
import { h } from "../dom.js";
import { ago, when } from "../format.js";
import { listen } from "../live.js";
import { badge, kindOf, progressBar, progressText } from "../parts/jobs.js";
import { empty } from "../parts/states.js";
import { to } from "../router.js";

const FIRST = 50;

export async function jobs({ query, signal }) {
  const collection = query.get("collection") ?? undefined;
  const page = await get("v1/jobs", { limit: FIRST, collection }, signal);
  const rows = new Map();
  const body = h("tbody", {}, page.items.map((job) => put(rows, job)));
  const none = h("div", { hidden: page.items.length > 0 }, empty("No jobs yet", "Uploads, sales, trainings and deletions show here while they run, and for a month after."));
  listen((job) => {
    if (collection && job.collection !== collection) return;
    const before = rows.get(job.id);
    const row = put(rows, job);
    none.hidden = true;
    if (before) before.replaceWith(row);
    else body.prepend(row);
  }, signal);
  return [
    h("div", { class: "head" }, h("div", {}, h("h1", {}, "Jobs"), h("p", {}, collection ? ["of ", collection, " · ", h("a", { href: "#/jobs" }, "all")] : "The newest first, as they change"))),
    none,
    h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Jobs" }, h("table", { class: "jobs" },
      h("thead", {}, h("tr", {}, ["Job", "Collection", "State", "Progress", "Made"].map((text) => h("th", { scope: "col" }, text)))), body)),
    page.next_cursor ? more(page.next_cursor, collection, rows, body, signal) : null,
  ];
}

function put(rows, job) {
  const row = h("tr", {},
    h("td", {}, h("a", { href: to("jobs", job.id) }, kindOf(job))),
    h("td", {}, job.collection),
    h("td", {}, badge(job)),
    h("td", { class: "progress" }, job.finished_at ? null : progressBar(job), h("span", { class: "small soft" }, job.problem?.detail ?? progressText(job))),
    h("td", { class: "tight soft", title: when(job.created_at) }, ago(job.created_at)));
  rows.set(job.id, row);
  return row;
}

function more(cursor, collection, rows, body, signal) {
  const rest = pages("v1/jobs", { limit: FIRST, collection, cursor }, signal);
  const button = h("button", { onclick: async () => {
    const { value, done } = await rest.next();
    (value ?? []).filter((job) => !rows.has(job.id)).forEach((job) => body.append(put(rows, job)));
    if (done || value.length < FIRST) button.remove();
  } }, "Older jobs");
  return h("div", { class: "row center" }, button);
}
