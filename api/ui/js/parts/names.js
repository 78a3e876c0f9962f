// What items are called, where only their skus are told: asked once each, as they are shown.

import { at, get } from "../api.js";
import { h } from "../dom.js";
import { called } from "../format.js";

const names = new Map();

export function nameOf(collection, sku) {
  const place = h("span", {}, sku);
  const key = `${collection}/${sku}`;
  if (!names.has(key)) names.set(key, get(at(collection, "items", sku)).then(called, () => sku));
  names.get(key).then((name) => { place.textContent = name; });
  return place;
}
