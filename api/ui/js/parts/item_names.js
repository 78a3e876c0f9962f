// Names and details of items that a response names by their SKUs only; each item is fetched once.

import { collectionPath, get } from "../api.js";
import { h } from "../dom.js";
import { itemDetails, itemName } from "../format.js";
import { words } from "../words.js";

const items = new Map(); // by collection and SKU

/** A node with the SKU of an item, which is replaced by the item's name once that is fetched. */
export const nameOf = (collection, sku) => textOf(collection, sku, sku, itemName);

/** A node with the SKU of an item that has a name besides; empty until the item is fetched. */
export const skuBeside = (collection, sku) => textOf(collection, sku, "", (item) => (itemName(item) === item.sku ? "" : item.sku));

/** A node that names an image of an item with several; empty otherwise. */
export const viewAmongOthers = (collection, sku, view) =>
  textOf(collection, sku, "", ({ images = [] }) => (images.length > 1 ? words.duplicates.viewAmongOthers(view, images.length) : ""));

/** A node with the first well-known attributes of an item, empty until these are fetched. */
export const detailsOf = (collection, sku) => textOf(collection, sku, "", itemDetails);

function textOf(collection, sku, placeholder, format) {
  const node = h("span", {}, placeholder);
  fetchOnce(collection, sku).then((item) => { node.textContent = format(item); });
  return node;
}

function fetchOnce(collection, sku) {
  const key = `${collection}/${sku}`;
  if (!items.has(key)) items.set(key, get(collectionPath(collection, "items", sku)).catch(() => ({ sku })));
  return items.get(key);
}
