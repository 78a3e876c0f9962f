// What is wrong with the images of a collection: counts by problem, and the images of one problem.

import { collectionPath, get } from "../api.js";
import { fill, focusIfLost, h } from "../dom.js";
import { subscribe } from "../job_events.js";
import { COUNTED_KINDS, collectionFrame } from "../parts/collection_frame.js";
import { onDeletion } from "../parts/deletions.js";
import { dismissedList } from "../parts/dismissals.js";
import { ImageCards } from "../parts/image_cards.js";
import { problemName } from "../parts/image_problems.js";
import { emptyState, showProblem } from "../parts/states.js";
import { offerUndo } from "../parts/undo_offer.js";
import { hasRole } from "../server_info.js";
import { words } from "../words.js";

const PAGE_SIZE = 60;
const MAX_SHOWN_AGAIN = 500; // images, after each change
const MAX_UNAVAILABLE = 5000; // further hidden items are only marked on their own pages
const PROBLEMS = words.health.problems;

export const healthPage = ({ name, signal }) => collectionFrame(name, "health", signal, async () => {
  const page = new HealthPage(name, await hasRole("write"), signal);
  await page.show(null, signal);
  const reload = () => page.load();
  onDeletion(name, ({ kind }) => {
    page.cards.hideDeleted();
    if (kind !== "deleted") reload();
  }, signal);
  subscribe((job) => { if (job.collection === name && job.finished_at && COUNTED_KINDS.has(job.kind)) reload(); }, signal, reload);
  return page.node;
});

class HealthPage {
  constructor(collection, canWrite, signal) {
    Object.assign(this, { collection, canWrite, signal, problem: null });
    this.choices = h("div", { class: "row problems", role: "group", "aria-label": words.health.label });
    this.message = h("div", {});
    this.outcome = h("div", {});
    this.list = h("div", { class: "stack" });
    this.dismissed = dismissedList(collection, {
      isOfImages: true, titleOf: words.health.dismissed, onTakenBack: () => this.load(), signal,
      textOf: ({ skus: [sku], view, problems }) => words.health.dismissedImage(sku, view, problems.map(problemName)),
    });
    this.intro = h("div", { class: "stack" });
    this.node = h("div", { class: "stack" }, this.intro, this.choices, this.message, this.outcome, this.list, this.dismissed.node);
  }

  /** Show the images with a problem, or with any, as they are now; the latest call counts, and what it cannot load stays. */
  load(problem = this.problem) {
    this.loading?.abort();
    this.loading = new AbortController();
    const signal = AbortSignal.any([this.loading.signal, this.signal]);
    return showProblem(this.message, () => this.show(problem, signal), signal);
  }

  async show(problem, signal) {
    const path = collectionPath(this.collection, "health");
    const shown = problem === this.problem ? Math.min(this.cards?.size ?? 0, MAX_SHOWN_AGAIN) : 0;
    const [page, unavailable] = await Promise.all([
      get(path, { problem, limit: Math.max(shown, PAGE_SIZE) }, signal), this.unavailable(signal), this.canWrite && this.dismissed.show(),
    ]);
    signal.throwIfAborted();
    this.problem = problem;
    this.cards = new ImageCards(this.collection, page, unavailable, {
      canWrite: this.canWrite, signal: this.signal, onDone: (text, undo) => this.done(text, undo),
      fetchPage: (cursor) => get(path, { problem, limit: PAGE_SIZE, cursor }, this.signal),
    });
    fill(this.message);
    fill(this.list, problem ? h("p", { class: "muted" }, PROBLEMS[problem][1]) : null, this.cards.node);
    this.showCounts(page);
  }

  /** Say what was done, with a button that takes it back, and show what is left. */
  done(text, undo) {
    offerUndo(this.outcome, text, async () => {
      await undo();
      fill(this.outcome);
      await this.load();
    }, this.signal);
    return this.load();
  }

  choose(problem) {
    fill(this.outcome);
    return this.load(problem);
  }

  /** The items that are not in stock; only who may hide items can list them. */
  async unavailable(signal) {
    if (!this.canWrite) return new Map();
    const { items } = await get(collectionPath(this.collection, "availability"), { limit: MAX_UNAVAILABLE }, signal);
    return new Map(items.map(({ sku, availability }) => [sku, availability]));
  }

  showCounts({ images, problems, not_assessed: notAssessed }) {
    const found = Object.keys(PROBLEMS).filter((problem) => problems[problem] || problem === this.problem);
    this.choices.hidden = !found.length;
    fill(this.intro, found.length || notAssessed ? h("p", { class: "muted" }, words.health.intro) : noProblems(images),
      notAssessed ? h("p", { class: "note" }, words.health.notAssessed(notAssessed)) : null);
    const choice = (problem) => h("button", {
      "aria-pressed": String(problem === this.problem), onclick: () => this.choose(problem),
    }, problem ? words.health.count(problemName(problem), problems[problem] ?? 0) : words.health.all);
    fill(this.choices, [null, ...found].map(choice));
    focusIfLost(this.outcome.querySelector("button"), this.choices.querySelector("[aria-pressed=true]"));
  }
}

const noProblems = (images) => (images ? emptyState(words.health.noneTitle, words.health.none(images))
  : emptyState(words.health.emptyTitle, words.health.empty));
