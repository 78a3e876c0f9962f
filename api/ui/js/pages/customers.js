// The customers of a shop, searched by e-mail address or by the beginning of their codes.

import { collectionPath, get } from "../api.js";
import { debounce, fill, form, h } from "../dom.js";
import { collectionFrame } from "../parts/collection_frame.js";
import { customerCode, isUnfinishedAddress } from "../parts/customer_codes.js";
import { imageOf } from "../parts/item_names.js";
import { emptyState, problemNote } from "../parts/states.js";
import { navigate, pageUrl } from "../router.js";
import { words } from "../words.js";

const PAGE_SIZE = 30;
const MAX_THUMBNAILS = 5;

export const customersPage = ({ name, signal }) => collectionFrame(name, "customers", signal, async () => {
  const list = h("ul", { class: "customers" });
  const moreRow = h("div", { class: "row center" });
  const input = h("input", {
    type: "search", id: "prefix", autocomplete: "off", spellcheck: "false",
    placeholder: words.customers.findPlaceholder, "aria-describedby": "prefix-hint", oninput: debounce(() => load()),
  });
  const load = async (cursor = undefined) => {
    if (isUnfinishedAddress(input.value)) return;
    const prefix = customerCode(input.value);
    try {
      const page = await get(collectionPath(name, "users"), { prefix, limit: PAGE_SIZE, cursor }, signal);
      if (prefix !== customerCode(input.value)) return;
      const cards = page.items.map((customer) => customerCard(name, customer));
      if (cursor) list.append(...cards);
      else fill(list, cards.length ? cards : h("li", {}, noCustomers(prefix)));
      fill(moreRow, page.next_cursor ? h("button", { onclick: () => load(page.next_cursor) }, words.customers.more) : null);
    } catch (error) {
      if (!signal.aborted) fill(list, h("li", {}, problemNote(error)));
    }
  };
  await load();
  const openCustomer = () => { if (input.value.trim()) navigate("c", name, "customers", customerCode(input.value)); };
  return h("div", { class: "stack" },
    form({ class: "row", role: "search" }, openCustomer,
      h("div", { class: "grow" }, h("label", { for: "prefix" }, words.customers.find), input),
      h("button", { class: "align-end" }, words.customers.showRecommendations)),
    h("p", { class: "hint", id: "prefix-hint" }, words.customers.findHint),
    h("div", { class: "row" }, h("a", { class: "button", href: pageUrl("c", name, "mailing") }, words.mailing.title)),
    list, moreRow);
});

const noCustomers = (prefix) => (prefix
  ? emptyState(words.customers.noMatchTitle, words.customers.noMatch)
  : emptyState(words.customers.noneTitle, words.customers.none));

function customerCard(name, { user, orders, purchases }) {
  const lastOrder = purchases.length ? words.customers.lastOrder(purchases[0].at) : "";
  return h("li", { class: "card customer" },
    h("div", { class: "name" }, h("a", { href: pageUrl("c", name, "customers", user) }, user)),
    h("div", { class: "line" }, h("span", {}, words.counts.orders(orders)), h("span", {}, lastOrder)),
    h("div", { class: "thumbnails" }, purchases.slice(0, MAX_THUMBNAILS)
      .map(({ sku }) => imageOf(name, sku, 128))));
}
