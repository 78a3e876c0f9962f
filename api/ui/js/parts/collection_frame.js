// The frame of all pages of a collection: its name, counts and tabs.

import { collectionPath, get } from "../api.js";
import { h } from "../dom.js";
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
  const [collection, canWrite] = await Promise.all([get(collectionPath(name), {}, signal), hasRole("write")]);
  onDeletion(name, (difference) => { if (difference >= 0) updateCounts(name, signal); }, signal);
  subscribe((job) => { if (job.collection === name && job.finished_at && COUNTED_KINDS.has(job.kind)) updateCounts(name, signal); }, signal);
  const { description, changing_to: newEncoder } = collection;
  const frame = h("div", { class: "collection" },
    pageHeader(name, [h("span", { class: "counts" }, words.collection.counts(collection)), description ? ` · ${description}` : ""],
      newEncoder ? h("span", { class: "badge active" }, words.collection.isChanging) : null),
    tabs(name, tab), h("div", { class: "below-tabs" }, await renderBody(collection)));
  return canWrite ? dropZone(frame, (files) => openImport(name, files)) : frame;
}

/** Show the current numbers of items and images. */
async function updateCounts(name, signal) {
  const collection = await get(collectionPath(name), {}, signal).catch(() => null);
  const counts = document.querySelector(".counts");
  if (collection && counts) counts.textContent = words.collection.counts(collection);
}

function tabs(name, current) {
  const url = (tab) => (tab === "items" ? pageUrl("c", name) : pageUrl("c", name, tab));
  const link = ([tab, label]) => h("a", { href: url(tab), "aria-current": tab === current ? "page" : null }, label);
  return h("nav", { class: "tabs", "aria-label": words.collection.tabsLabel(name) }, Object.entries(words.collection.tabs).map(link));
}
