// The page of a product in the shop: pictures, attributes, variants, and what else the visitor may like.

import { collectionPath } from "../api.js";
import { h } from "../dom.js";
import { itemName } from "../format.js";
import { attributeList } from "../parts/attributes.js";
import { availabilityBadge, canBeBought } from "../parts/availability.js";
import { attributeKey } from "../parts/filter.js";
import { gallery } from "../parts/gallery.js";
import { storefrontFrame } from "../storefront/frame.js";
import { shelf, SHELF_LENGTH } from "../storefront/shelf.js";
import { basketButton, ordersCaption, similarityCaption } from "../storefront/tile.js";
import { tracedCall } from "../storefront/traced_call.js";
import { words } from "../words.js";

export const storefrontProductPage = ({ name, sku, signal }) => storefrontFrame(name, "items", signal, async (shop) => {
  const trace = h("div", {});
  const item = await tracedCall(trace, { path: collectionPath(name, "items", sku) }, signal);
  shop.visit.lookAt(sku);
  return [product(shop, item, trace), ...shelves(shop, item)];
});

const product = (shop, item, trace) => h("section", { class: "panel shelf" },
  h("div", { class: "item-columns" }, gallery(shop.collection.name, item),
    h("div", { class: "stack" },
      h("div", { class: "line-between" }, h("h2", {}, itemName(item)), availabilityBadge(item)),
      item.availability === "hidden" ? h("p", { class: "note" }, words.storefront.isHidden) : null,
      attributeList(item.attributes), basketButton(shop, item, ""))), trace);

const shelves = (shop, item) => [
  variantsShelf(shop, item), canBeBought(item) ? null : substitutesShelf(shop, item),
  similarShelf(shop, item), boughtTogetherShelf(shop, item),
].filter(Boolean);

const itemPath = ({ collection }, { sku }, ...rest) => collectionPath(collection.name, "items", sku, ...rest);

/** The other items of the group of an item; null if it is in no group. */
function variantsShelf(shop, { sku, attributes }) {
  const { name, group_by: groupBy } = shop.collection;
  const group = groupBy ? attributes[groupBy] : undefined;
  if (["undefined", "object"].includes(typeof group)) return null;
  return shelf(shop, {
    title: words.storefront.variants,
    call: { path: collectionPath(name, "items"), query: { filter: JSON.stringify({ [attributeKey(groupBy)]: group }), limit: 24 } },
    rows: ({ items }) => items.filter((item) => item.sku !== sku && item.availability !== "hidden"),
    empty: words.storefront.noVariants(groupBy),
  });
}

/** What can be sold instead; prices only matter if the item has one. */
const substitutesShelf = (shop, item) => shelf(shop, {
  title: words.storefront.substitutes,
  call: {
    path: itemPath(shop, item, "substitutes"),
    query: { limit: SHELF_LENGTH, price_range: typeof item.attributes.price === "number" ? undefined : "off" },
  },
  rows: ({ matches }) => matches, caption: similarityCaption,
  empty: words.storefront.noSubstitutes,
});

const similarShelf = (shop, item) => shelf(shop, {
  title: words.storefront.similar,
  call: { path: itemPath(shop, item, "similar"), query: { limit: SHELF_LENGTH } },
  rows: ({ matches }) => matches, caption: similarityCaption, empty: words.storefront.noSimilar,
});

const boughtTogetherShelf = (shop, item) => shelf(shop, {
  title: words.storefront.boughtTogether,
  call: { path: itemPath(shop, item, "bought-together"), query: { limit: SHELF_LENGTH } },
  rows: ({ items }) => items, caption: ordersCaption, empty: words.storefront.nothingBoughtTogether,
});
