// The basket of the shop, with what goes with it.

import { collectionPath, get } from "../api.js";
import { announce, h } from "../dom.js";
import { itemName } from "../format.js";
import { availabilityBadge } from "../parts/availability.js";
import { itemImage } from "../parts/images.js";
import { emptyState } from "../parts/states.js";
import { pageUrl } from "../router.js";
import { storefrontFrame } from "../storefront/frame.js";
import { filledNote, shelf, SHELF_LENGTH } from "../storefront/shelf.js";
import { productUrl, reasonCaption } from "../storefront/tile.js";
import { words } from "../words.js";

export const storefrontBasketPage = ({ name, signal }) => storefrontFrame(name, "basket", signal, async (shop) => {
  shop.onBasketChange ??= refreshOnChange(shop);
  if (!shop.visit.basket.length) return emptyBasket(name);
  const items = await Promise.all(shop.visit.basket.map((sku) => read(shop, sku)));
  return [basket(shop, items), recommendedShelf(shop)];
});

/** Show the basket again whenever it changes. */
function refreshOnChange({ signal, refresh }) {
  const onChange = async () => {
    await refresh();
    document.getElementById("basket-title")?.focus(); // the pressed button is gone
  };
  document.addEventListener("basket-changed", onChange, { signal });
  return onChange;
}

const emptyBasket = (name) => emptyState(words.basket.emptyTitle, words.basket.empty,
  h("a", { class: "button primary", href: pageUrl("c", name, "storefront") }, words.storefront.home));

/** An item of the basket; it may have been deleted meanwhile. */
const read = ({ collection, signal }, sku) => get(collectionPath(collection.name, "items", sku), {}, signal)
  .catch((error) => { if (error.status === 404) return { sku, isDeleted: true }; throw error; });

const basket = (shop, items) => h("section", { class: "panel stack" },
  h("h2", { id: "basket-title", tabindex: "-1" }, words.basket.title(items.length)),
  h("ul", { class: "basket" }, items.map((item) => basketRow(shop, item))), total(items));

function basketRow({ collection, visit }, item) {
  const { sku, attributes } = item;
  const remove = () => {
    visit.remove(sku);
    announce(words.basket.removed(sku));
    document.dispatchEvent(new Event("basket-changed"));
  };
  return h("li", { class: "row" }, itemImage({ collection: collection.name, sku, size: 128 }),
    h("div", { class: "grow" }, h("a", { href: productUrl(collection, sku) }, itemName(item)),
      item.isDeleted ? h("p", { class: "bad small" }, words.basket.noLongerExists) : null),
    h("div", { class: "row end" }, availabilityBadge(item), h("span", { class: "number" }, String(attributes?.price ?? "")),
      h("button", { class: "plain", "aria-label": words.basket.remove(sku), onclick: remove }, words.actions.remove)));
}

/** The sum of the prices, if all are known. */
function total(items) {
  const prices = items.map(({ attributes }) => attributes?.price);
  if (!prices.every((price) => typeof price === "number")) return null;
  return h("p", { class: "line-between" }, h("strong", {}, words.basket.total),
    h("strong", { class: "number" }, prices.reduce((sum, price) => sum + price, 0).toFixed(2)));
}

const recommendedShelf = (shop) => shelf(shop, {
  title: words.basket.goesWith,
  call: {
    method: "POST", path: collectionPath(shop.collection.name, "recommendations"),
    json: { skus: shop.visit.basket, user: shop.visit.user, country: shop.visit.country, limit: SHELF_LENGTH },
  },
  rows: ({ recommendations }) => recommendations,
  caption: (row) => reasonCaption(shop.collection, row),
  note: basketNote,
  empty: words.basket.nothingGoesWith,
});

const basketNote = (answer) => [
  answer.unknown.length ? words.basket.unknownItems(answer.unknown) : null, filledNote(answer),
];
