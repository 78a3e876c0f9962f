// A collection's items: searched by words, filtered, selected. The URL keeps search and filter.

import { collectionPath, get } from "../api.js";
import { fill, h } from "../dom.js";
import { formatNumber, pluralize } from "../format.js";
import { keepInUrl, listsIn, pageQuery, readJson } from "../router.js";
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
  constructor({ name, items: total }, types, { canWrite, actions, signal }) {
    Object.assign(this, { name, total, types, signal, state: stateInUrl() });
    this.status = h("span", { class: "muted number", role: "status" }, pluralize(total, "item"));
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
  }

  change(changed) {
    if (this.signal.aborted) return null; // typed just before another page was opened
    Object.assign(this.state, changed);
    const { text, choices, conditions } = this.state;
    const json = (value) => (Object.keys(value).length ? JSON.stringify(value) : "");
    keepInUrl({ find: text, choices: json(choices), conditions: json(conditions.filter(([name]) => name)) });
    return this.show();
  }

  /** Fetch and show the items that are searched for; the newest call wins. */
  async show() {
    this.pending?.abort();
    const { signal } = (this.pending = new AbortController());
    const { text } = this.state;
    await showProblem(this.message, async () => {
      const filter = this.filter.json;
      const page = text ? await findItems(this.name, text, { filter, signal })
        : await get(collectionPath(this.name, "items"), { limit: FIRST_PAGE_SIZE, filter }, signal);
      if (signal.aborted || this.signal.aborted) return;
      fill(this.message, page.items.length ? null : emptyState("No items match", "Change the words, or remove a condition."));
      this.grid.node.hidden = Boolean(text);
      fill(this.found, text ? this.foundItems(page, text, filter) : null);
      if (!text) this.grid.reset({ total: filter ? null : this.total, first: page, filter });
      this.showStatus(page, Boolean(text || filter));
      this.filter.showBulk(!text && page.items.length > 0);
    }, signal);
  }

  showStatus(page, isPart) {
    const total = pluralize(this.total, "item");
    const count = `${formatNumber(page.items.length)}${page.next_cursor ? "+" : ""}`;
    this.status.textContent = isPart ? `${count} of ${total}` : total;
  }

  foundItems(first, text, filter) {
    const card = (item) => itemCard(this.name, item, { selection: this.selection });
    const cards = h("ul", { class: "cards found", "aria-label": "Items" }, first.items.map(card));
    const fetchPage = (cursor) => findItems(this.name, text, { filter, cursor, signal: this.signal });
    return [understoodList(first.understood), cards,
      moreButton("More items", first.next_cursor, fetchPage, (items) => cards.append(...items.map(card)))];
  }

  /** Show the list again after changes on the server; `total` is the new number of items. */
  refresh(total) {
    this.total = total;
    return this.show();
  }

  /** Show items as they are after a change; null stands for deleted ones. */
  showChanged(changed) {
    this.total -= [...changed.values()].filter((item) => item === null).length;
    if (this.state.text || this.filter.json) this.show();
    else this.grid.showChanged(changed);
    if (!this.state.text && !this.filter.json) this.status.textContent = pluralize(this.total, "item");
  }
}

function stateInUrl() {
  const query = pageQuery();
  return {
    text: query.get("find") ?? "", choices: Object(readJson(query.get("choices"))),
    conditions: listsIn(readJson(query.get("conditions"))),
  };
}
