// All jobs, updated live.

import { get, pages } from "../api.js";
import { h } from "../dom.js";
import { formatDateTime, formatTimeAgo } from "../format.js";
import { subscribe } from "../job_events.js";
import { badge, kindLabel, progressBar, progressText } from "../parts/job_status.js";
import { emptyState } from "../parts/states.js";
import { cell, row, table } from "../parts/table.js";
import { pageUrl } from "../router.js";

const PAGE_SIZE = 50;
const COLUMNS = ["Job", "Collection", "State", "Progress", "Created"];

export async function jobsPage({ query, signal }) {
  const collection = query.get("collection") ?? undefined;
  const fetchNewest = () => get("v1/jobs", { limit: PAGE_SIZE, collection }, signal);
  const page = await fetchNewest();
  const rows = new Map(); // by job id
  const jobTable = table("Jobs", COLUMNS, page.items.map((job) => addRow(rows, job)));
  const body = jobTable.querySelector("tbody");
  const emptyNote = h("div", { hidden: page.items.length > 0 },
    emptyState("No jobs yet", "Imports, trainings and deletions are listed here while they run, and for a month afterwards."));
  const showJob = (job) => {
    if (collection && job.collection !== collection) return;
    const oldRow = rows.get(job.id);
    const newRow = addRow(rows, job);
    emptyNote.hidden = true;
    if (oldRow) oldRow.replaceWith(newRow);
    else body.prepend(newRow);
  };
  const catchUp = async () => (await fetchNewest()).items.reverse().forEach(showJob);
  subscribe(showJob, signal, () => catchUp().catch(() => {}));
  const subtitle = collection
    ? ["Collection ", collection, " · ", h("a", { href: "#/jobs" }, "all jobs")]
    : "Newest first, updated live";
  return [
    h("div", { class: "page-header" }, h("div", {}, h("h1", {}, "Jobs"), h("p", {}, subtitle))),
    emptyNote, jobTable,
    page.next_cursor ? olderJobs({ limit: PAGE_SIZE, collection, cursor: page.next_cursor }, rows, body, signal) : null,
  ];
}

function addRow(rows, job) {
  const progress = h("div", {},
    job.finished_at ? null : progressBar(job),
    h("span", { class: "small muted" }, job.problem?.detail ?? progressText(job)));
  const jobRow = row(COLUMNS, [
    h("a", { href: pageUrl("jobs", job.id) }, kindLabel(job)),
    job.collection,
    badge(job),
    cell({ class: "progress" }, progress),
    cell({ class: "nowrap muted", title: formatDateTime(job.created_at) }, formatTimeAgo(job.created_at)),
  ]);
  rows.set(job.id, jobRow);
  return jobRow;
}

function olderJobs(query, rows, body, signal) {
  const olderPages = pages("v1/jobs", query, signal);
  const button = h("button", { onclick: async () => {
    const { value: jobs, done } = await olderPages.next();
    (jobs ?? []).filter(({ id }) => !rows.has(id)).forEach((job) => body.append(addRow(rows, job)));
    if (done || jobs.length < PAGE_SIZE) button.remove();
  } }, "Older jobs");
  return h("div", { class: "row center" }, button);
}
