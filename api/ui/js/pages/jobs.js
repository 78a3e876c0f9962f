// All jobs, updated live.

import { get } from "../api.js";
import { h } from "../dom.js";
import { formatDateTime, formatTimeAgo } from "../format.js";
import { subscribe } from "../job_events.js";
import { badge, kindLabel, progressBar, progressText } from "../parts/job_status.js";
import { pageHeader } from "../parts/layout.js";
import { emptyState } from "../parts/states.js";
import { cell, row, table } from "../parts/table.js";
import { pageUrl } from "../router.js";

const PAGE_SIZE = 50;
const COLUMNS = ["Job", "Collection", "State", "Progress", "Created"];

export async function jobsPage({ signal }) {
  const fetchNewest = () => get("v1/jobs", { limit: PAGE_SIZE }, signal);
  const page = await fetchNewest();
  const rows = new Map(); // by job id
  const jobTable = table("Jobs", COLUMNS, page.items.map((job) => addRow(rows, job)));
  const body = jobTable.querySelector("tbody");
  const emptyNote = h("div", { hidden: page.items.length > 0 },
    emptyState("No jobs yet", "Imports, training runs and deletions are listed here while they run and for a month afterwards."));
  const showJob = (job) => {
    emptyNote.hidden = true;
    if (rows.has(job.id)) rows.get(job.id).replaceWith(addRow(rows, job));
    else body.prepend(addRow(rows, job));
  };
  subscribe(showJob, signal, () => fetchNewest().then(({ items }) => items.reverse().forEach(showJob)).catch(() => {}));
  return [
    pageHeader("Jobs", "Newest first, updated live"), emptyNote, jobTable,
    page.next_cursor ? olderJobs(page.next_cursor, rows, body, signal) : null,
  ];
}

function addRow(rows, job) {
  const progress = h("div", {}, job.finished_at ? null : progressBar(job),
    h("span", { class: "small muted" }, job.problem?.detail ?? progressText(job)));
  const jobRow = row(COLUMNS, [
    h("a", { href: pageUrl("jobs", job.id) }, kindLabel(job)), job.collection, badge(job),
    cell({ class: "progress" }, progress),
    cell({ class: "nowrap muted", title: formatDateTime(job.created_at) }, formatTimeAgo(job.created_at)),
  ]);
  rows.set(job.id, jobRow);
  return jobRow;
}

function olderJobs(firstCursor, rows, body, signal) {
  let cursor = firstCursor;
  const button = h("button", { onclick: async () => {
    const page = await get("v1/jobs", { limit: PAGE_SIZE, cursor }, signal);
    page.items.filter(({ id }) => !rows.has(id)).forEach((job) => body.append(addRow(rows, job)));
    cursor = page.next_cursor;
    if (!cursor || page.items.length < PAGE_SIZE) button.remove();
  } }, "Older jobs");
  return h("div", { class: "row center" }, button);
}
