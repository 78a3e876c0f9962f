// What is wrong with the images of a collection: counts by problem, and the images of one problem.

import { collectionPath, get } from "../api.js";
import { fill, h } from "../dom.js";
import { collectionFrame } from "../parts/collection_frame.js";
import { itemImage } from "../parts/images.js";
import { moreButton } from "../parts/more_button.js";
import { emptyState, showProblem } from "../parts/states.js";
import { pageUrl } from "../router.js";
import { words } from "../words.js";

const PAGE_SIZE = 60;
const PROBLEMS = words.health.problems;

/** The name of a problem; unknown ones keep theirs. */
export const problemName = (problem) => PROBLEMS[problem]?.[0] ?? problem;

export const healthPage = ({ name, signal }) => collectionFrame(name, "health", signal, async () => {
  const first = await get(collectionPath(name, "health"), { limit: PAGE_SIZE }, signal);
  const { images, problems, not_assessed: notAssessed } = first;
  const found = Object.keys(PROBLEMS).filter((problem) => problems[problem]);
  if (!found.length && !notAssessed) {
    return images ? emptyState(words.health.noneTitle, words.health.none(images))
      : emptyState(words.health.emptyTitle, words.health.empty);
  }
  const list = h("div", { class: "stack" });
  const buttons = [null, ...found].map((problem) => h("button", {
    "aria-pressed": String(problem === null), onclick: (event) => choose(problem, event.currentTarget),
  }, problem ? words.health.count(problemName(problem), problems[problem]) : words.health.all));
  const message = h("div", {});
  const choose = (problem, button) => showProblem(message, async () => {
    const page = await get(collectionPath(name, "health"), { limit: PAGE_SIZE, problem }, signal);
    for (const other of buttons) other.ariaPressed = String(other === button);
    showImages(list, name, problem, page, signal);
  }, signal);
  showImages(list, name, null, first, signal);
  return h("div", { class: "stack" },
    h("p", { class: "muted" }, words.health.intro),
    notAssessed ? h("p", { class: "note" }, words.health.notAssessed(notAssessed)) : null,
    h("div", { class: "row problems", role: "group", "aria-label": words.health.label }, buttons), message, list);
});

function showImages(list, name, problem, page, signal) {
  const cards = h("ul", { class: "cards", "aria-label": words.health.list }, page.items.map((image) => card(name, image)));
  const more = moreButton(words.health.more, page.next_cursor,
    (cursor) => get(collectionPath(name, "health"), { limit: PAGE_SIZE, problem, cursor }, signal),
    (items) => cards.append(...items.map((image) => card(name, image))));
  fill(list, problem ? h("p", { class: "muted" }, PROBLEMS[problem][1]) : null, cards, more);
}

const card = (collection, { sku, view, problems }) => h("li", { class: "card" },
  itemImage({ collection, sku, view, size: 320 }),
  h("div", { class: "name" }, h("a", { href: pageUrl("c", collection, "items", sku) }, sku)),
  h("div", { class: "line" }, h("span", {}, problems.map(problemName).join(", ")), h("span", {}, view)));
