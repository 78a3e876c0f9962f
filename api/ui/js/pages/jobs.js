// All jobs, filtered and updated live; routine jobs are folded.

import { get } from "../api.js";
import { fill, h } from "../dom.js";
import { formatDateTime, formatTimeAgo } from "../format.js";
import { subscribe } from "../job_events.js";
import { badge, changesLink, isRoutine, JOB_GROUPS, kindLabel, progressBar, progressText } from "../parts/job_status.js";
import { pageHeader } from "../parts/layout.js";
import { moreButton } from "../parts/more_button.js";
import { emptyState } from "../parts/states.js";
import { cell, row, table } from "../parts/table.js";
import { keepInUrl, pageQuery, pageUrl } from "../router.js";
import { isLocal, serverInfo } from "../server_info.js";
import { words } from "../words.js";

const PAGE_SIZE = 50;
const STATES = { open: ["queued", "running"], failed: ["failed", "partial", "cancelled"] };

export async function jobsPage({ signal }) {
  const fetchNewest = () => get("v1/jobs", { limit: PAGE_SIZE }, signal);
  const [page, { flower_url: flowerUrl }] = await Promise.all([fetchNewest(), serverInfo()]);
  const list = new JobList(page.items);
  const addAll = (jobs) => list.addAll(jobs);
  subscribe((job) => list.add(job), signal, () => fetchNewest().then(({ items }) => addAll(items)).catch(() => {}));
  const fetchPage = (cursor) => get("v1/jobs", { limit: PAGE_SIZE, cursor }, signal);
  return [
    pageHeader(words.jobs.title, words.jobs.subtitle), list.filters(), list.node,
    moreButton(words.jobs.older, page.next_cursor, fetchPage, addAll), flowerUrl && isReachable(flowerUrl) ? flowerNote(flowerUrl) : null,
  ];
}

class JobList {
  constructor(jobs) {
    this.jobs = new Map(jobs.map((job) => [job.id, job]));
    this.rows = new Map(); // by job id
    this.show = { kind: pageQuery().get("kind") ?? "", state: pageQuery().get("state") ?? "" };
    this.routine = h("input", { type: "checkbox", onchange: () => this.render() });
    this.routineText = h("span", {});
    this.note = h("div", {});
    this.table = table(words.jobs.title, words.jobs.columns, []);
    this.node = h("div", { class: "stack" }, this.note, this.table);
    this.render();
  }

  /** Add a job, or show its new state; only if that changes which rows there are, all are rendered again. */
  add(job) {
    const before = this.jobs.get(job.id);
    this.jobs.set(job.id, job);
    if (!before || this.isListed(before) !== this.isListed(job)) return this.render();
    if (!this.isListed(job)) return;
    const changed = jobRow(job);
    this.rows.get(job.id).replaceWith(changed);
    this.rows.set(job.id, changed);
  }

  addAll(jobs) {
    for (const job of jobs) this.jobs.set(job.id, job);
    this.render();
  }

  isShown({ kind, state }) {
    return (!this.show.kind || JOB_GROUPS[this.show.kind]?.includes(kind))
      && (!this.show.state || STATES[this.show.state]?.includes(state));
  }

  /** Whether a job has a row: routine jobs are folded unless the user wants to see them. */
  isListed(job) {
    return this.isShown(job) && (!isRoutine(job) || Boolean(this.show.kind) || this.routine.checked);
  }

  render() {
    const shown = [...this.jobs.values()].filter((job) => this.isShown(job)).sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
    const listed = shown.filter((job) => this.isListed(job));
    this.rows = new Map(listed.map((job) => [job.id, jobRow(job)]));
    fill(this.table.querySelector("tbody"), [...this.rows.values()]);
    this.table.hidden = !listed.length;
    fill(this.note, shown.length ? null : this.emptyNote());
    this.routineText.textContent = words.jobs.routine(shown.filter(isRoutine).length);
  }

  emptyNote() {
    return this.jobs.size ? emptyState(words.jobs.noSuchTitle, words.jobs.noSuch)
      : emptyState(words.jobs.noneTitle, words.jobs.none);
  }

  filters() {
    const select = (name, label, all, choices) => h("select", { "aria-label": label, onchange: ({ target }) => {
      this.show[name] = target.value;
      keepInUrl(this.show);
      this.render();
    } }, h("option", { value: "" }, all), Object.entries(choices).map(([value, text]) =>
      h("option", { value, selected: value === this.show[name] }, text)));
    return h("div", { class: "row job-filters" },
      select("kind", words.jobs.kindsLabel, words.jobs.allKinds, words.jobs.groups),
      select("state", words.jobs.statesLabel, words.jobs.allStates, words.jobs.stateGroups),
      h("label", { class: "choice small" }, this.routine, this.routineText));
  }
}

function jobRow(job) {
  const progress = h("div", {}, job.finished_at ? null : progressBar(job),
    h("span", { class: "small muted" }, job.problem?.detail ?? progressText(job)), " ", h("span", { class: "small" }, changesLink(job)));
  return row(words.jobs.columns, [
    h("div", {}, h("a", { href: pageUrl("jobs", job.id) }, kindLabel(job)), job.filename ? h("div", { class: "small muted" }, job.filename) : null),
    job.collection, badge(job), cell({ class: "progress" }, progress),
    cell({ class: "nowrap muted", title: formatDateTime(job.created_at) }, formatTimeAgo(job.created_at)),
  ]);
}

const flowerNote = (url) => h("details", { class: "specialists flower" }, h("summary", {}, words.jobs.flowerTitle),
  h("p", { class: "small muted" }, words.jobs.flower({
    link: h("a", { href: url }, words.jobs.flowerLink), user: h("code", {}, "lookalike"),
    file: h("code", {}, "run/flower-password"), variable: h("code", {}, "FLOWER_PASSWORD"),
  })));

const isReachable = (url) => !isLocal(new URL(url).hostname) || isLocal(location.hostname);
