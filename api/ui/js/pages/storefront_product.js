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
      item.availability === "hidden" ? h("p", { class: "note" }, "This item is hidden: a shop must not show this page.") : null,
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
    title: "Variants",
    call: { path: collectionPath(name, "items"), query: { filter: JSON.stringify({ [attributeKey(groupBy)]: group }), limit: 24 } },
    rows: ({ items }) => items.filter((item) => item.sku !== sku && item.availability !== "hidden"),
    empty: `No other item has the same ${groupBy}.`,
  });
}

/** What can be sold instead; prices only matter if the item has one. */
const substitutesShelf = (shop, item) => shelf(shop, {
  title: "In stock instead",
  call: {
    path: itemPath(shop, item, "substitutes"),
    query: { limit: SHELF_LENGTH, price_range: typeof item.attributes.price === "number" ? undefined : "off" },
  },
  rows: ({ matches }) => matches, caption: similarityCaption,
  empty: "No item in stock looks like this one and costs about as much.",
});

const similarShelf = (shop, item) => shelf(shop, {
  title: "Similar items",
  call: { path: itemPath(shop, item, "similar"), query: { limit: SHELF_LENGTH } },
  rows: ({ matches }) => matches, caption: similarityCaption, empty: "There are no other items.",
});

const boughtTogetherShelf = (shop, item) => shelf(shop, {
  title: "Bought together",
  call: { path: itemPath(shop, item, "bought-together"), query: { limit: SHELF_LENGTH } },
  rows: ({ items }) => items, caption: ordersCaption, empty: "This item has not been bought together with others.",
});
