// The images of an item: one of them large, the others as thumbnails.

import { fill, h } from "../dom.js";
import { words } from "../words.js";
import { itemImage } from "./images.js";

export function gallery(collection, { sku, images }) {
  const largeImage = h("div", { class: "large-image" });
  const select = ({ view }) => {
    fill(largeImage, itemImage({ collection, sku, view, size: 900, alt: words.images.alt(sku, view), eager: true }));
    for (const button of thumbnails.children) button.setAttribute("aria-pressed", button.dataset.view === view);
  };
  const thumbnail = (image) => h("button", {
    type: "button", "data-view": image.view, "aria-label": words.images.show(image.view), onclick: () => select(image),
  }, itemImage({ collection, sku, view: image.view, size: 128 }));
  const thumbnails = h("div", { class: "views" }, images.length > 1 ? images.map(thumbnail) : null);
  if (images.length) select(images[0]);
  return h("div", { class: "stack" }, largeImage, thumbnails);
}
