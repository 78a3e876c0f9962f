// Images of items. If there is an API key, a script fetches the images, since <img> cannot send keys.

import { apiUrl, collectionPath, request } from "../api.js";
import { apiKey } from "../api_key.js";
import { h } from "../dom.js";
import { words } from "../words.js";

const MAX_CACHED = 400; // images in memory
const VERSION_LENGTH = 16; // characters of a hash
const objectUrls = new Map(); // object URL by URL, the oldest first
const versions = new Map(); // by the item's path and the view; "" is the main image

const visibility = new IntersectionObserver((entries) => {
  for (const { target } of entries.filter((entry) => entry.isIntersecting)) {
    visibility.unobserve(target);
    fetchInto(target);
  }
}, { rootMargin: "300px" });

/** Remember which images an item has now: a browser does not ask again for an image that it has from the same URL. */
export function rememberVersions(collection, { sku, images = [] }) {
  const path = collectionPath(collection, "items", sku, "image");
  for (const [n, { view, sha256 }] of images.entries()) {
    const version = sha256.slice(0, VERSION_LENGTH);
    versions.set(`${path} ${view}`, version);
    if (n === 0) versions.set(`${path} `, version);
  }
}

/** What is shown in place of the image of an item that has none. */
export const noImage = () => h("div", { class: "image missing", "data-missing": words.images.none });

/** An image of an item, by default the main image; `size` is in pixels, `version` the one to show, `eager` loads at once. */
export function itemImage({ collection, sku, view = undefined, version = undefined, size = 256, alt = "", eager = false }) {
  const onerror = () => {
    img.remove();
    frame.classList.add("missing");
  };
  const img = h("img", { alt, decoding: "async", loading: eager ? null : "lazy", draggable: "false", onerror });
  const frame = h("div", { class: "image", "data-missing": words.images.none }, img);
  const path = collectionPath(collection, "items", sku, "image");
  const url = apiUrl(path, { view, size, version: version ?? versions.get(`${path} ${view ?? ""}`) });
  if (apiKey()) {
    img.dataset.url = url.href;
    visibility.observe(img);
  } else {
    img.src = url.href;
  }
  return frame;
}

async function fetchInto(img) {
  const { url } = img.dataset;
  try {
    img.src = objectUrls.get(url) ?? cache(url, URL.createObjectURL(await (await request("GET", url)).blob()));
  } catch {
    img.dispatchEvent(new Event("error"));
  }
}

function cache(url, objectUrl) {
  objectUrls.set(url, objectUrl);
  if (objectUrls.size > MAX_CACHED) {
    const [oldestUrl, oldestObjectUrl] = objectUrls.entries().next().value;
    objectUrls.delete(oldestUrl);
    URL.revokeObjectURL(oldestObjectUrl);
  }
  return objectUrl;
}
