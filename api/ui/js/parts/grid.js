// A grid of any length that creates cards near the viewport only and fetches pages on demand.

import { collectionPath, get } from "../api.js";
import { h } from "../dom.js";
import { formatScore, itemDetails, itemName } from "../format.js";
import { pageUrl } from "../router.js";
import { words } from "../words.js";
import { availabilityBadge } from "./availability.js";
import { isDeleted } from "./deletions.js";
import { itemImage, rememberVersions } from "./images.js";

const PAGE_SIZE = 250;
const MIN_CARD_WIDTH = 176; // including its gap
const MIN_CARD_WIDTH_PHONE = 130;
const TEXT_HEIGHT = 92; // below the image
const GAP = 16;
const SCREENS_AHEAD = 2; // rendered below the top of the viewport
const MAX_SEARCHED_POSITIONS = 500; // in the search for the next card

export class ItemGrid {
  /** `selection` makes the items selectable. */
  constructor(collection, { total, first, signal, query = {}, selection = null }) {
    Object.assign(this, { collection, signal, selection, cards: new Map() }); // cards by position
    this.node = h("ul", { class: "grid", "aria-label": words.items.label });
    this.reset({ total, first, query });
    new ResizeObserver(() => this.measure()).observe(this.node);
    addEventListener("scroll", () => this.render(), { signal, passive: true });
  }

  /** Show another list, starting with its first page; `total` is null if unknown, `query` is what it is restricted to. */
  reset({ total, first, query }) {
    Object.assign(this, { total, query, items: this.received(first.items), cursor: first.next_cursor });
    this.clear();
    this.measure();
  }

  /** The items that are not deleted. */
  present(items) {
    return items.filter(({ sku }) => !isDeleted(this.collection, sku));
  }

  /** The items of a response that are not deleted. */
  received(items) {
    for (const item of items) rememberVersions(this.collection, item);
    return this.present(items);
  }

  /** Show items as they are after a change, and no deleted ones. */
  showChanged(changed = new Map()) {
    const present = this.present(this.items);
    if (this.total !== null) this.total -= this.items.length - present.length;
    this.items = present.map((item) => (changed.has(item.sku) ? cardData(changed.get(item.sku)) : item));
    this.clear();
    this.render();
  }

  clear() {
    for (const card of this.cards.values()) card.remove();
    this.cards.clear();
  }

  get length() {
    return this.cursor ? Math.max(this.total ?? 0, this.items.length + 1) : this.items.length;
  }

  measure() {
    const { clientWidth } = this.node;
    if (!clientWidth) return;
    const minWidth = clientWidth < 600 ? MIN_CARD_WIDTH_PHONE : MIN_CARD_WIDTH;
    const columns = Math.max(2, Math.floor((clientWidth + GAP) / minWidth));
    const width = (clientWidth - GAP * (columns - 1)) / columns;
    if (columns !== this.columns || width !== this.width) this.clear();
    Object.assign(this, { columns, width, height: width + TEXT_HEIGHT + GAP });
    this.render();
  }

  render() {
    if (!this.columns) return;
    this.node.style.height = `${Math.ceil(this.length / this.columns) * this.height}px`;
    const top = -this.node.getBoundingClientRect().top;
    const start = Math.max(0, Math.floor((top - innerHeight) / this.height)) * this.columns;
    const end = Math.min(this.length, Math.ceil((top + SCREENS_AHEAD * innerHeight) / this.height) * this.columns);
    this.renderRange(start, end);
    if (end > this.items.length) this.fetchUntil(end);
  }

  renderRange(start, end) {
    for (const [n, card] of this.cards) {
      if ((n >= start && n < end) || card.contains(document.activeElement)) continue;
      card.remove();
      this.cards.delete(n);
    }
    for (let n = start; n < Math.min(end, this.items.length); n += 1) if (!this.cards.has(n)) this.addCard(n);
  }

  addCard(n) {
    const card = itemCard(this.collection, this.items[n], { selection: this.selection });
    card.setAttribute("aria-posinset", n + 1);
    card.setAttribute("aria-setsize", this.cursor && this.total === null ? -1 : this.length);
    Object.assign(card.style, {
      left: `${(n % this.columns) * (this.width + GAP)}px`, top: `${Math.floor(n / this.columns) * this.height}px`,
      width: `${this.width}px`, height: `${this.height - GAP}px`,
    });
    this.cards.set(n, card);
    this.node.insertBefore(card, this.nextCard(n)); // in order, for keyboard users
  }

  nextCard(n) {
    const end = Math.min(this.items.length, n + 2 + MAX_SEARCHED_POSITIONS);
    for (let next = n + 1; next < end; next += 1) if (this.cards.has(next)) return this.cards.get(next);
    return null;
  }

  async fetchUntil(count) {
    if (this.isFetching || !this.cursor) return;
    this.isFetching = true;
    const { query } = this;
    try {
      while (this.cursor && this.items.length < count && query === this.query) {
        const page = await get(collectionPath(this.collection, "items"), { ...query, limit: PAGE_SIZE, cursor: this.cursor }, this.signal);
        if (query !== this.query) break;
        this.items.push(...this.received(page.items).map(cardData));
        this.cursor = page.next_cursor;
      }
    } catch (error) {
      if (!this.signal.aborted) console.warn(error.message); // the next scroll event retries
    } finally {
      this.isFetching = false;
    }
    if (!this.signal.aborted) this.render();
  }
}

/** The data of a card; ten thousand complete items would need too much memory. */
const cardData = (item) =>
  ({ sku: item.sku, availability: item.availability, name: itemName(item), details: itemDetails(item) });

/** The card of an item, a match or a `cardData`; `extra` goes beside the details. */
export function itemCard(collection, item, { extra = null, selection = null } = {}) {
  const name = item.name ?? itemName(item);
  const details = item.details ?? itemDetails(item);
  return h("li", { class: "card" },
    itemImage({ collection, sku: item.sku, view: item.view, size: 320 }), availabilityBadge(item), selection?.checkbox(item),
    h("div", { class: "name" }, h("a", { href: pageUrl("c", collection, "items", item.sku) }, name)),
    details || extra ? h("div", { class: "line" }, h("span", {}, details), extra) : null,
    name === item.sku ? null : h("div", { class: "line" }, h("span", {}, item.sku)));
}

const SAME_PRODUCT = "same product"; // as the server names it

/** The card of a match, with its score and what the score means. */
export function matchCard(collection, match) {
  const { score, rarity, likeness, same } = match;
  const card = itemCard(collection, match, {
    extra: h("span", { class: "number score", title: words.items.similarity(rarity) }, formatScore(score)),
  });
  const isSame = likeness === SAME_PRODUCT;
  if (isSame) card.append(h("div", { class: "line" }, h("strong", {}, words.items.likeness(likeness, same))));
  else if (likeness && likeness !== "less similar") card.append(h("div", { class: "line small muted" }, likeness));
  return card;
}
