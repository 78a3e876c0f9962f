// What a customer has bought: all orders, newest first, a page at a time.

import { collectionPath, get } from "../api.js";
import { fill, h } from "../dom.js";
import { formatDate } from "../format.js";
import { words } from "../words.js";
import { moreButton } from "./more_button.js";

const PAGE_SIZE = 6;
const MAX_ITEMS = 12; // of an order, until its button shows all

/** The orders of a customer; `itemCard` gets a SKU and a text. Lists of before orders were kept have only `purchases`. */
export async function orderList(name, { user, purchases }, itemCard, signal) {
  const fetchPage = (cursor) => get(collectionPath(name, "users", user, "orders"), { limit: PAGE_SIZE, cursor }, signal);
  const first = await fetchPage().catch((error) => {
    if (error.status !== 404) throw error;
    return null;
  });
  if (!first) return itemGrid(purchases.map(({ sku, at }) => itemCard(sku, formatDate(at))));
  const list = h("ul", { class: "orders" });
  const append = (orders) => list.append(...orders.map((order) => orderOf(order, itemCard)));
  append(first.items);
  return [list, moreButton(words.customer.moreOrders, first.next_cursor, fetchPage, append),
    first.complete ? null : h("p", { class: "hint" }, words.customer.ordersLeftOut)];
}

const itemGrid = (cards) => h("ul", { class: "purchases" }, cards);

function orderOf({ at, items }, itemCard) {
  const cards = (some) => some.map(({ sku, quantity }) => itemCard(sku, words.customer.quantity(quantity)));
  const grid = itemGrid(cards(items.slice(0, MAX_ITEMS)));
  const rest = items.slice(MAX_ITEMS);
  const row = h("div", {}, rest.length ? h("button", { class: "plain", onclick: () => {
    grid.append(...cards(rest));
    fill(row);
  } }, words.customer.moreOfOrder(rest.length)) : null);
  return h("li", {}, h("h3", {}, formatDate(at), h("span", { class: "muted small" }, ` ${words.customer.orderSize(items.length)}`)), grid, row);
}
