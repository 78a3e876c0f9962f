// A shelf of a shop's page: the items that one call to the API returns, with the call beside it.

import { fill, h, sleep } from "../dom.js";
import { loading, problemNote, sentence } from "../parts/states.js";
import { isUnavailable } from "../problem.js";
import { pageUrl } from "../router.js";
import { words } from "../words.js";
import { tile } from "./tile.js";
import { tracedCall } from "./traced_call.js";

export const SHELF_LENGTH = 6;
const RETRY_MS = 3000;

/**
 * A shelf; `call` is its call, `rows` returns the items of the response, `caption` the reason for an item, `note` what
 * else is to be said about the response, and `empty` is the text without items.
 */
export function shelf(shop, { title, call, rows, caption = () => null, note = () => null, empty }) {
  const heading = h("h2", {}, title);
  const items = h("div", { class: "stack" }, loading());
  const trace = h("div", {});
  const section = h("section", { class: "panel shelf", "aria-label": title }, h("div", { class: "stack" }, heading, items), trace);
  const load = async () => {
    const answer = await tracedCall(trace, call, shop.signal);
    const notes = note(answer);
    fill(items, notes ? h("p", { class: "muted small" }, notes) : null, rows(answer).length
      ? h("ul", { class: "cards products" }, rows(answer).map((row) => tile(shop, row, caption(row))))
      : h("p", { class: "muted" }, empty));
  };
  loadWhenAvailable(shop, items, load);
  return section;
}

/** Load a shelf; explain why that fails, and retry while the server cannot answer. */
async function loadWhenAvailable(shop, items, load) {
  for (;;) {
    try {
      return await load();
    } catch (error) {
      if (shop.signal.aborted) return;
      fill(items, explain(shop, error));
      if (!isUnavailable(error)) return;
    }
    await sleep(RETRY_MS, shop.signal).catch(() => {});
    if (shop.signal.aborted || !items.isConnected) return;
  }
}

function explain({ collection }, error) {
  if (error.status === 404) return nothingLearned(collection);
  if (!isUnavailable(error)) return problemNote(error);
  return h("p", { class: "note", role: "status" }, h("strong", {}, words.storefront.notAvailableTitle),
    words.storefront.notAvailable(sentence(error.message)));
}

const nothingLearned = ({ name }) => h("p", { class: "note" }, h("strong", {}, words.storefront.nothingLearnedTitle),
  words.storefront.nothingLearned(h("a", { href: pageUrl("c", name, "recommendations") }, words.collection.tabs.recommendations)));

/** How many items at the end of a list are only there to fill it up. */
export const filledNote = ({ filled }) => (filled ? words.storefront.filledUp(filled) : null);
