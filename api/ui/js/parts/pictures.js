// Pictures of items; where the server wants a key they are fetched with it, since <img> cannot send one.

import { address, answer, at } from "../api.js";
import { h } from "../dom.js";
import { key } from "../key.js";

const MOST = 400; // pictures kept in memory at once
const kept = new Map(); // address -> object URL, the least recently used first

const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    fetchInto(target);
  }
}, { rootMargin: "300px" });

export function picture({ collection, sku, view = undefined, size = 256, alt = "", eager = false }) {
  const path = at(collection, "items", sku, "image");
  const img = h("img", { alt, decoding: "async", loading: eager ? null : "lazy", draggable: "false" });
  const frame = h("div", { class: "picture" }, img);
  img.addEventListener("error", () => {
    img.remove();
    frame.classList.add("none");
  });
  const url = address(path, { view, size });
  if (key()) {
    img.dataset.url = url.href;
    seen.observe(img);
  } else {
    img.src = url.href;
  }
  return frame;
}

async function fetchInto(img) {
  const { url } = img.dataset;
  try {
    img.src = kept.get(url) ?? keep(url, URL.createObjectURL(await (await answer("GET", url)).blob()));
  } catch {
    img.dispatchEvent(new Event("error"));
  }
}

function keep(url, object) {
  kept.set(url, object);
  if (kept.size > MOST) {
    const [oldest, unused] = kept.entries().next().value;
    kept.delete(oldest);
    URL.revokeObjectURL(unused);
  }
  return object;
}
