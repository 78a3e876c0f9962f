// What the pages of one collection have in common: its name, its counts, its tabs.

import { at, get } from "../api.js";
import { h } from "../dom.js";
import { counted } from "../format.js";
import { to } from "../router.js";

const TABS = [["", "Items"], ["search", "Search"], ["recommendations", "Recommendations"], ["customers", "Customers"], ["settings", "Settings"]];

export async function frame(name, tab, signal, body) {
  const collection = await get(at(name), {}, signal);
  return h("div", {},
    h("div", { class: "head" },
      h("div", {}, h("h1", {}, name), h("p", {}, h("span", { class: "counts" }, counts(collection)), collection.description ? ` · ${collection.description}` : "")),
      collection.changing_to ? h("span", { class: "badge busy" }, `changing to ${collection.changing_to}`) : null),
    tabs(name, tab),
    h("div", { class: "below-tabs" }, await body(collection)));
}

export const counts = ({ items, images, encoder }) => `${counted(items, "item")}, ${counted(images, "picture")} · ${encoder}`;

function tabs(name, current) {
  return h("nav", { class: "tabs", "aria-label": `Parts of ${name}` },
    TABS.map(([tab, label]) => h("a", { href: tab ? to("c", name, tab) : to("c", name), "aria-current": tab === current ? "page" : null }, label)));
}
