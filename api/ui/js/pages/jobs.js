// All jobs, live.

import { get, pages } from "../api.js";
import { h } from "../dom.js";
import { ago, when } from "../format.js";
import { listen } from "../live.js";
import { badge, kindOf, progressBar, progressText } from "../parts/jobs.js";
import { empty } from "../parts/states.js";
import { cell, row, table } from "../parts/table.js";
import { to } from "../router.js";

const FIRST = 50;
const COLUMNS = ["Job", "Collection", "State", "Progress", "Made"];

export async function jobs({ query, signal }) {
  const collection = query.get("collection") ?? undefined;
  const newest = () => get("v1/jobs", { limit: FIRST, collection }, signal);
  const page = await newest();
  const rows = new Map();
  const shown = table("Jobs", COLUMNS, page.items.map((job) => put(rows, job)));
  const body = shown.querySelector("tbody");
  const none = h("div", { hidden: page.items.length > 0 }, empty("No jobs yet", "Uploads, sales, trainings and deletions show here while they run, and for a month after."));
  const take = (job) => {
    if (collection && job.collection !== collection) return;
    const before = rows.get(job.id);
    const now = put(rows, job);
    none.hidden = true;
    if (before) before.replaceWith(now);
    else body.prepend(now);
  };
  const catchUp = async () => (await newest()).items.reverse().forEach(take);
  listen(take, signal, () => catchUp().catch(() => {}));
  return [
    h("div", { class: "head" }, h("div", {}, h("h1", {}, "Jobs"), h("p", {}, collection ? ["of ", collection, " · ", h("a", { href: "#/jobs" }, "all")] : "The newest first, as they change"))),
    none, shown,
    page.next_cursor ? more(page.next_cursor, collection, rows, body, signal) : null,
  ];
}

function put(rows, job) {
  const made = row(COLUMNS, [
    h("a", { href: to("jobs", job.id) }, kindOf(job)),
    job.collection,
    badge(job),
    cell({ class: "progress" }, h("div", {}, job.finished_at ? null : progressBar(job), h("span", { class: "small soft" }, job.problem?.detail ?? progressText(job)))),
    cell({ class: "tight soft", title: when(job.created_at) }, ago(job.created_at)),
  ]);
  rows.set(job.id, made);
  return made;
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
