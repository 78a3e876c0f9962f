// The frame of all pages of a collection: its name, counts and tabs.

import { collectionPath, get } from "../api.js";
import { h, inOrder } from "../dom.js";
import { pageUrl } from "../router.js";
import { openImport } from "../imports/import_dialog.js";
import { subscribe } from "../job_events.js";
import { hasRole } from "../server_info.js";
import { words } from "../words.js";
import { onDeletion } from "./deletions.js";
import { dropZone } from "./file_input.js";
import { pageHeader } from "./layout.js";

export const COUNTED_KINDS = new Set(["ingest", "sync-items", "delete-items"]); // change the numbers of items or images

/** Render a page of a collection; `renderBody` gets the collection. Files that are dropped anywhere on it are imported. */
export async function collectionFrame(name, tab, signal, renderBody) {
  const counts = h("span", {}); // the current numbers of items and images
  const begin = inOrder();
  const load = async () => {
    const isNews = begin();
    const collection = await get(collectionPath(name), {}, signal);
    if (isNews()) counts.textContent = words.collection.counts(collection);
    return collection;
  };
  const update = () => load().catch(() => {});
  onDeletion(name, ({ kind }) => { if (kind !== "deleted") update(); }, signal);
  subscribe((job) => { if (job.collection === name && job.finished_at && COUNTED_KINDS.has(job.kind)) update(); }, signal);
  const [collection, canWrite] = await Promise.all([load(), hasRole("write")]);
  const { description, changing_to: newEncoder } = collection;
  const frame = h("div", { class: "collection" },
    pageHeader(name, [counts, description ? ` · ${description}` : ""],
      newEncoder ? h("span", { class: "badge active" }, words.collection.isChanging) : null),
    tabs(name, tab), h("div", { class: "below-tabs" }, await renderBody(collection)));
  return canWrite ? dropZone(frame, (files) => openImport(name, files)) : frame;
}

function tabs(name, current) {
  const url = (tab) => (tab === "items" ? pageUrl("c", name) : pageUrl("c", name, tab));
  const link = ([tab, label]) => h("a", { href: url(tab), "aria-current": tab === current ? "page" : null }, label);
  return h("nav", { class: "tabs", "aria-label": words.collection.tabsLabel(name) }, Object.entries(words.collection.tabs).map(link));
}
