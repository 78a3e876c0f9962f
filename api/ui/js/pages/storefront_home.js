// The home page of the shop, for a customer or a stranger.

import { collectionPath } from "../api.js";
import { formatTimeAgo, pluralize } from "../format.js";
import { storefrontFrame } from "../storefront/frame.js";
import { filledNote, shelf, SHELF_LENGTH } from "../storefront/shelf.js";
import { reasonCaption } from "../storefront/tile.js";

export const storefrontHomePage = ({ name, signal }) => storefrontFrame(name, "", signal, async (shop) =>
  (shop.visit.user ? customerShelves(shop) : strangerShelves(shop)));

const customerShelves = (shop) => [recommendedShelf(shop), newShelf(shop)];
const strangerShelves = (shop) =>
  [shop.visit.viewed.length ? viewedShelf(shop) : null, popularShelf(shop), newShelf(shop)].filter(Boolean);

const listQuery = ({ country, exclude }) => ({ limit: SHELF_LENGTH, country, exclude });

const recommendedShelf = (shop) => shelf(shop, {
  title: "Recommended for this customer",
  call: {
    path: collectionPath(shop.collection.name, "users", shop.visit.user, "recommendations"), query: listQuery(shop.visit),
  },
  rows: ({ recommendations }) => recommendations,
  caption: (row) => reasonCaption(shop.collection, row),
  note: (list) => (list.personal ? filledNote(list)
    : "There is no list for this customer, who has bought nothing yet or is unknown: popular items are shown instead."),
  empty: "Nothing to recommend: this customer has already bought everything.",
});

/** What goes with the items that a stranger has looked at. */
const viewedShelf = (shop) => shelf(shop, {
  title: "Inspired by what you looked at",
  call: {
    method: "POST", path: collectionPath(shop.collection.name, "recommendations"),
    json: { skus: shop.visit.viewed, ...excluded(shop.visit), country: shop.visit.country, limit: SHELF_LENGTH },
  },
  rows: ({ recommendations }) => recommendations,
  caption: (row) => reasonCaption(shop.collection, row),
  note: filledNote,
  empty: "Nothing goes with these items.",
});

const excluded = ({ basket }) => (basket.length ? { exclude: basket } : {});

const popularShelf = (shop) => shelf(shop, {
  title: "Popular items",
  call: { path: collectionPath(shop.collection.name, "popular"), query: listQuery(shop.visit) },
  rows: ({ items }) => items,
  caption: (row) => reasonCaption(shop.collection, row),
  note: ({ filled }) => (filled ? `${pluralize(filled, "item")} at the end: popular in a larger region.` : null),
  empty: "Nothing is popular yet.",
});

const newShelf = (shop) => shelf(shop, {
  title: "New items",
  call: { path: collectionPath(shop.collection.name, "new"), query: { limit: SHELF_LENGTH, exclude: shop.visit.exclude } },
  rows: ({ items }) => items,
  caption: ({ created_at: createdAt }) => `Added ${formatTimeAgo(createdAt)}`,
  empty: "There are no items yet.",
});
