// A grid of any length: only the cards near what is seen exist, and pages are fetched as they come near.

import { at, get } from "../api.js";
import { h } from "../dom.js";
import { aside, called } from "../format.js";
import { to } from "../router.js";
import { picture } from "./pictures.js";

const PAGE = 250;
const WIDTH = 176; // of a card at least, with its gap
const BELOW = 76; // of its text
const GAP = 16;
const AHEAD = 2; // screens that are made before they are seen

export class Grid {
  constructor(collection, { total, first, signal, filter = "" }) {
    Object.assign(this, { collection, signal, cards: new Map() });
    this.node = h("ul", { class: "grid", "aria-label": "Items" });
    this.reset({ total, first, filter });
    new ResizeObserver(() => this.measure()).observe(this.node);
    addEventListener("scroll", () => this.draw(), { signal, passive: true });
  }

  /** Begin anew; `total` is null where it is not known. */
  reset({ total, first, filter }) {
    this.items = [...first.items];
    this.cursor = first.next_cursor;
    Object.assign(this, { total, filter });
    this.clear();
    this.measure();
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
    const columns = Math.max(2, Math.floor((clientWidth + GAP) / (clientWidth < 600 ? 130 : WIDTH)));
    const width = (clientWidth - GAP * (columns - 1)) / columns;
    if (columns !== this.columns || width !== this.width) this.clear();
    Object.assign(this, { columns, width, height: width + BELOW + GAP });
    this.draw();
  }

  draw() {
    if (!this.columns) return;
    this.node.style.height = `${Math.ceil(this.length / this.columns) * this.height}px`;
    const top = -this.node.getBoundingClientRect().top;
    const from = Math.max(0, Math.floor((top - innerHeight) / this.height)) * this.columns;
    const end = Math.min(this.length, Math.ceil((top + AHEAD * innerHeight) / this.height) * this.columns);
    this.keep(from, end);
    if (end > this.items.length) this.more(end);
  }

  keep(from, end) {
    for (const [n, card] of this.cards) {
      if ((n < from || n >= end) && !card.contains(document.activeElement)) {
        card.remove();
        this.cards.delete(n);
      }
    }
    for (let n = from; n < Math.min(end, this.items.length); n += 1) if (!this.cards.has(n)) this.place(n);
  }

  place(n) {
    const left = (n % this.columns) * (this.width + GAP);
    const top = Math.floor(n / this.columns) * this.height;
    const card = cardOf(this.collection, this.items[n]);
    card.setAttribute("aria-posinset", n + 1);
    card.setAttribute("aria-setsize", this.cursor && this.total === null ? -1 : this.length);
    Object.entries({ width: this.width, height: this.height - GAP, left, top }).forEach(([name, size]) => card.style.setProperty(name, `${size}px`));
    this.cards.set(n, card);
    this.node.insertBefore(card, this.after(n)); // in order, for those who go through by key
  }

  after(n) {
    for (let next = n + 1; next < this.items.length; next += 1) {
      const card = this.cards.get(next);
      if (card) return card;
      if (next - n > 500) break;
    }
    return null;
  }

  async more(wanted) {
    if (this.fetching || !this.cursor) return;
    this.fetching = true;
    const { filter } = this;
    try {
      while (this.cursor && this.items.length < wanted && filter === this.filter) {
        const page = await get(at(this.collection, "items"), { limit: PAGE, cursor: this.cursor, filter }, this.signal);
        if (filter !== this.filter) break;
        this.items.push(...page.items.map(light));
        this.cursor = page.next_cursor;
      }
    } catch (error) {
      if (!this.signal.aborted) console.warn(error.message); // asked again at the next scroll
    } finally {
      this.fetching = false;
    }
    if (!this.signal.aborted) this.draw();
  }
}

/** What a card needs: ten thousand whole items would fill the memory. */
const light = ({ sku, attributes }) => ({ sku, attributes: { name: called({ sku, attributes }), told: aside({ attributes }) } });

export function cardOf(collection, item, more = null) {
  return h("li", { class: "card" },
    picture({ collection, sku: item.sku, view: item.view, size: 320 }),
    h("div", { class: "name" }, h("a", { href: to("c", collection, "items", item.sku) }, called(item))),
    h("div", { class: "line" }, h("span", {}, item.attributes?.told ?? aside(item) ?? ""), more));
}
