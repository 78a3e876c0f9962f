// The frame of all pages of a collection: its name, counts and tabs.

import { collectionPath, get } from "../api.js";
import { h } from "../dom.js";
import { pluralize } from "../format.js";
import { pageUrl } from "../router.js";
import { openImport } from "../imports/import_dialog.js";
import { hasRole } from "../server_info.js";
import { dropZone } from "./file_input.js";
import { pageHeader } from "./layout.js";

const TABS = {
  "": "Items", search: "Search", recommendations: "Recommendations", customers: "Customers", storefront: "Storefront",
  health: "Picture health", duplicates: "Duplicates", settings: "Settings",
};

/** Render a page of a collection; `renderBody` gets the collection. Files that are dropped anywhere on it are imported. */
export async function collectionFrame(name, tab, signal, renderBody) {
  const [collection, canWrite] = await Promise.all([get(collectionPath(name), {}, signal), hasRole("write")]);
  const { description, changing_to: newEncoder } = collection;
  const frame = h("div", { class: "collection" },
    pageHeader(name, [h("span", { class: "counts" }, countsText(collection)), description ? ` · ${description}` : ""],
      newEncoder ? h("span", { class: "badge active" }, `changing to ${newEncoder}`) : null),
    tabs(name, tab), h("div", { class: "below-tabs" }, await renderBody(collection)));
  return canWrite ? dropZone(frame, (files) => openImport(name, files)) : frame;
}

export const countsText = ({ items, images, encoder }) =>
  `${pluralize(items, "item")}, ${pluralize(images, "image")} · ${encoder}`;

function tabs(name, current) {
  const url = (tab) => (tab ? pageUrl("c", name, tab) : pageUrl("c", name));
  const link = ([tab, label]) => h("a", { href: url(tab), "aria-current": tab === current ? "page" : null }, label);
  return h("nav", { class: "tabs", "aria-label": `Sections of ${name}` }, Object.entries(TABS).map(link));
}
