// The home page of the shop, for a customer or a stranger.

import { collectionPath } from "../api.js";
import { storefrontFrame } from "../storefront/frame.js";
import { filledNote, shelf, SHELF_LENGTH } from "../storefront/shelf.js";
import { reasonCaption } from "../storefront/tile.js";
import { words } from "../words.js";

export const storefrontHomePage = ({ name, signal }) => storefrontFrame(name, "", signal, async (shop) =>
  (shop.visit.user ? customerShelves(shop) : strangerShelves(shop)));

const customerShelves = (shop) => [recommendedShelf(shop), newShelf(shop)];
const strangerShelves = (shop) =>
  [shop.visit.viewed.length ? viewedShelf(shop) : null, popularShelf(shop), newShelf(shop)].filter(Boolean);

const listQuery = ({ country, exclude }) => ({ limit: SHELF_LENGTH, country, exclude });

const recommendedShelf = (shop) => shelf(shop, {
  title: words.storefront.recommended,
  call: {
    path: collectionPath(shop.collection.name, "users", shop.visit.user, "recommendations"), query: listQuery(shop.visit),
  },
  rows: ({ recommendations }) => recommendations,
  caption: (row) => reasonCaption(shop.collection, row),
  note: (list) => (list.personal ? filledNote(list) : words.storefront.noList),
  empty: words.storefront.nothingLeft,
});

/** What goes with the items that a stranger has looked at. */
const viewedShelf = (shop) => shelf(shop, {
  title: words.storefront.viewed,
  call: {
    method: "POST", path: collectionPath(shop.collection.name, "recommendations"),
    json: { skus: shop.visit.viewed, ...excluded(shop.visit), country: shop.visit.country, limit: SHELF_LENGTH },
  },
  rows: ({ recommendations }) => recommendations,
  caption: (row) => reasonCaption(shop.collection, row),
  note: filledNote,
  empty: words.storefront.nothingGoesWithThese,
});

const excluded = ({ basket }) => (basket.length ? { exclude: basket } : {});

const popularShelf = (shop) => shelf(shop, {
  title: words.storefront.popular,
  call: { path: collectionPath(shop.collection.name, "popular"), query: listQuery(shop.visit) },
  rows: ({ items }) => items,
  caption: (row) => reasonCaption(shop.collection, row),
  note: ({ filled }) => (filled ? words.storefront.popularInLargerRegion(filled) : null),
  empty: words.storefront.nothingPopular,
});

const newShelf = (shop) => shelf(shop, {
  title: words.storefront.new,
  call: { path: collectionPath(shop.collection.name, "new"), query: { limit: SHELF_LENGTH, exclude: shop.visit.exclude } },
  rows: ({ items }) => items,
  caption: ({ created_at: createdAt }) => words.storefront.added(createdAt),
  empty: words.storefront.noItems,
});
