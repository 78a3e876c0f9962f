// What the shop has accepted: images that are fine, items that are not the same. The server remembers it.

import { call, collectionPath, get } from "../api.js";
import { fill, focusIfLost, h } from "../dom.js";
import { words } from "../words.js";
import { showProblem } from "./states.js";

const PAGE_SIZE = 500;

const pathOf = (collection, ...segments) => collectionPath(collection, "dismissals", ...segments);

/**
 * Say that items are not duplicates of each other, or if there are `others`, of these; with a `view`, that an image of an
 * item is fine. Returns the dismissal.
 */
export const dismiss = (collection, { skus, others = [], view = null }) =>
  call("POST", pathOf(collection), { json: { skus, others, view } });

/** Take a dismissal back; does nothing if that has been done already. */
export const takeBack = (collection, { id }) => call("DELETE", pathOf(collection, id)).catch((problem) => {
  if (problem.status !== 404) throw problem;
});

async function fetchAll(collection, signal) {
  const dismissals = [];
  for (let cursor; cursor !== null;) {
    const page = await get(pathOf(collection), { limit: PAGE_SIZE, cursor }, signal);
    dismissals.push(...page.items);
    cursor = page.next_cursor;
  }
  return dismissals;
}

/** A folded list of dismissals, those of images or the others; `textOf` names one, `onTakenBack` is called after a change. */
export function dismissedList(collection, { isOfImages, titleOf, textOf, onTakenBack, signal }) {
  const summary = h("summary", {});
  const list = h("ul", { class: "plain-list dismissed" });
  const details = h("details", { hidden: true }, summary, list);
  const message = h("div", {});
  let calls = 0;
  const show = async () => {
    const number = (calls += 1);
    const dismissals = (await fetchAll(collection, signal)).filter(({ view }) => (view !== null) === isOfImages);
    if (number !== calls) return; // a later call knows more
    const hadFocus = list.contains(document.activeElement);
    details.hidden = !dismissals.length;
    fill(summary, titleOf(dismissals.length));
    fill(list, dismissals.map(row));
    fill(message);
    if (hadFocus) focusIfLost(summary);
  };
  const row = (dismissal) => {
    const text = textOf(dismissal);
    const onclick = () => showProblem(message, async () => {
      await takeBack(collection, dismissal);
      await onTakenBack();
    }, signal);
    return h("li", { class: "line-between" }, h("span", {}, text),
      h("button", { class: "plain", "aria-label": words.dismissals.listAgainOf(text), onclick }, words.dismissals.listAgain));
  };
  return { node: h("div", {}, details, message), show: () => showProblem(message, show, signal) };
}
