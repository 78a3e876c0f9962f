// A collection's items: searched by words, filtered, selected. The URL keeps search and filter.

import { collectionPath, get } from "../api.js";
import { fill, h } from "../dom.js";
import { keepInUrl, listsIn, pageQuery, readJson } from "../router.js";
import { words } from "../words.js";
import { deletedItems, onDeletion } from "./deletions.js";
import { ItemGrid, itemCard } from "./grid.js";
import { ItemFilter } from "./item_filter.js";
import { findItems, searchField } from "./item_search.js";
import { moreButton } from "./more_button.js";
import { Selection } from "./selection.js";
import { emptyState, showProblem } from "./states.js";
import { understoodList } from "./understood.js";

const NO_ITEMS = { items: [], next_cursor: null };
const FIRST_PAGE_SIZE = 60; // small enough to load at once

export class ItemList {
  /** `actions` are shown beside the search field. */
  constructor({ name, items }, types, { canWrite, actions, signal }) {
    const total = items - deletedItems(name);
    Object.assign(this, { name, total, types, signal, state: stateInUrl() });
    this.status = h("span", { class: "muted number", role: "status" }, words.counts.items(total));
    this.message = h("div");
    this.found = h("div", { class: "stack" });
    this.selection = canWrite ? new Selection(name, types, (changed) => this.showChanged(changed)) : null;
    this.grid = new ItemGrid(name, { total, first: NO_ITEMS, signal, selection: this.selection });
    this.filter = new ItemFilter(name, types, this.state, { onChange: () => this.change({}), canWrite, signal });
    this.node = h("div", { class: "stack" },
      h("div", { class: "row toolbar" }, h("div", { class: "grow" }, this.status),
        searchField(this.state.text, (text) => this.change({ text })), actions),
      this.filter.node, this.selection?.node, this.message, this.found, this.grid.node);
    this.filter.load();
    onDeletion(name, ({ difference }) => this.showDeletion(difference), signal);
  }

  change(changed) {
    if (this.signal.aborted) return null; // typed just before another page was opened
    Object.assign(this.state, changed);
    const { text, availability, choices, conditions } = this.state;
    const json = (value) => (Object.keys(value).length ? JSON.stringify(value) : "");
    this.filter.disableActions();
    this.filter.updateCounts();
    keepInUrl({ find: text, availability, choices: json(choices), conditions: json(conditions.filter(([name]) => name)) });
    return this.show();
  }

  /** Fetch and show the items that are searched for; the newest call wins. */
  async show() {
    this.pending?.abort();
    const { signal } = (this.pending = new AbortController());
    const { text } = this.state;
    await showProblem(this.message, async () => {
      const filter = this.filter.json;
      const { availability } = this.state;
      const page = text ? await findItems(this.name, text, { filter, availability, signal })
        : await get(collectionPath(this.name, "items"), { limit: FIRST_PAGE_SIZE, filter, availability }, signal);
      if (signal.aborted || this.signal.aborted) return;
      page.items = this.grid.present(page.items);
      fill(this.message, page.items.length ? null : this.noMatch(page.isUnknown));
      this.grid.node.hidden = Boolean(text);
      fill(this.found, text ? this.foundItems(page, { text, filter, availability }) : null);
      if (!text) this.grid.reset({ total: this.isPart ? null : this.total, first: page, query: { filter, availability } });
      this.showStatus(page);
      this.filter.showActions(!text && !availability && page.items.length > 0); // which the server cannot restrict to an availability
    }, signal);
  }

  noMatch(isUnknown) {
    const clear = h("button", { type: "button", onclick: () => this.filter.clear() }, words.filter.clear);
    return emptyState(words.items.noMatchTitle, isUnknown ? words.items.unknown(this.state.text) : words.items.noMatch, this.filter.isUsed ? clear : null);
  }

  /** Whether the list shows what is searched for, not all items. */
  get isPart() {
    return Boolean(this.state.text || this.filter.json || this.state.availability);
  }

  showStatus(page) {
    this.status.textContent = this.isPart ? words.items.shownOf(page.items.length, Boolean(page.next_cursor), this.total)
      : words.counts.items(this.total);
  }

  foundItems(first, { text, ...query }) {
    const card = (item) => itemCard(this.name, item, { selection: this.selection });
    const cards = h("ul", { class: "cards found", "aria-label": words.items.label }, first.items.map(card));
    const fetchPage = (cursor) => findItems(this.name, text, { ...query, cursor, signal: this.signal });
    return [understoodList(first.understood), cards,
      moreButton(words.items.more, first.next_cursor, fetchPage, (items) => cards.append(...this.grid.present(items).map(card)))];
  }

  /** Show the list again after changes on the server; `total` is the new number of items. */
  refresh(total) {
    this.total = total - deletedItems(this.name);
    return this.show();
  }

  /** Show items as they are after a change. */
  showChanged(changed) {
    if (this.isPart) this.show();
    else this.grid.showChanged(changed);
  }

  /** Remove deleted items, or show again what has come back. */
  showDeletion(difference) {
    if (!difference) return null; // the list shows it already
    this.total += difference;
    if (this.isPart || difference > 0) return this.show();
    this.grid.showChanged();
    return this.showStatus();
  }
}

function stateInUrl() {
  const query = pageQuery();
  return {
    text: query.get("find") ?? "", availability: query.get("availability") ?? "", choices: Object(readJson(query.get("choices"))),
    conditions: listsIn(readJson(query.get("conditions"))),
  };
}
