// Names of items of which only the sku is known; each is fetched once.

import { collectionPath, get } from "../api.js";
import { h } from "../dom.js";
import { itemName } from "../format.js";

const names = new Map();

/** A node with the sku of an item, which its name replaces once it is known. */
export function nameOf(collection, sku) {
  const node = h("span", {}, sku);
  const key = `${collection}/${sku}`;
  if (!names.has(key)) names.set(key, get(collectionPath(collection, "items", sku)).then(itemName, () => sku));
  names.get(key).then((name) => { node.textContent = name; });
  return node;
}
