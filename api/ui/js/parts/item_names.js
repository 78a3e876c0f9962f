// Names, details and images of items that a response names by their SKUs only.

import { h } from "../dom.js";
import { itemDetails, itemName } from "../format.js";
import { words } from "../words.js";
import { itemImage, noImage } from "./images.js";
import { itemBySku } from "./items_by_sku.js";

/** A node with the SKU of an item, which is replaced by the item's name once that is fetched. */
export const nameOf = (collection, sku) => textOf(collection, sku, sku, itemName);

/** A node with the SKU of an item that has a name besides; empty until the item is fetched. */
export const skuBeside = (collection, sku) => textOf(collection, sku, "", (item) => (itemName(item) === item.sku ? "" : item.sku));

/** A node that names an image of an item with several; empty otherwise. */
export const viewAmongOthers = (collection, sku, view) =>
  textOf(collection, sku, "", ({ images = [] }) => (images.length > 1 ? words.duplicates.viewAmongOthers(view, images.length) : ""));

/** A node with the first well-known attributes of an item, empty until these are fetched. */
export const detailsOf = (collection, sku) => textOf(collection, sku, "", itemDetails);

/** The main image of an item, `size` pixels large; none is requested for an unknown SKU. */
export function imageOf(collection, sku, size) {
  const frame = h("div", { class: "image" });
  itemBySku(collection, sku).then((item) => frame.replaceWith(item ? itemImage({ collection, sku, size }) : noImage()));
  return frame;
}

function textOf(collection, sku, placeholder, format) {
  const node = h("span", {}, placeholder);
  itemBySku(collection, sku).then((item) => { node.textContent = format(item ?? { sku }); });
  return node;
}
