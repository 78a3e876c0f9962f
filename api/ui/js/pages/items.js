// The items of a collection as a grid of images.

import { collectionPath, get } from "../api.js";
import { fill, h, inOrder } from "../dom.js";
import { openImport } from "../imports/import_dialog.js";
import { subscribe } from "../job_events.js";
import { attributeTypes } from "../parts/attribute_types.js";
import { collectionFrame } from "../parts/collection_frame.js";
import { onDeletion } from "../parts/deletions.js";
import { ACCEPTED_FILES, fileButton } from "../parts/file_input.js";
import { ItemList } from "../parts/item_list.js";
import { emptyState } from "../parts/states.js";
import { hasRole } from "../server_info.js";
import { words } from "../words.js";

const MAX_REFRESH_SCROLL = 200; // pixels; a refresh would move a user who has scrolled further down
const REFRESHING_KINDS = new Set(["ingest", "sync-items", "change-items", "delete-items"]);

export const itemsPage = ({ name, signal }) => collectionFrame(name, "items", signal, async (collection) => {
  const canWrite = await hasRole("write");
  const onFiles = canWrite ? (entries) => openImport(name, entries) : null;
  const page = h("div", { class: "stack" });
  let list = null;
  const render = async (current) => {
    if (list && current.items) return list.refresh(current.items);
    list = current.items ? await itemList(current, onFiles, signal) : null;
    fill(page, list?.node ?? emptyCollection(onFiles));
  };
  let last = Promise.resolve();
  const renderInTurn = (current) => (last = last.catch(() => {}).then(() => render(current))); // at once, both would create a list
  const first = renderInTurn(collection);
  refreshAfterChanges(name, signal, renderInTurn);
  await first;
  return page;
});

async function itemList(collection, onFiles, signal) {
  const types = await attributeTypes(collection.name, signal);
  const actions = onFiles ? uploadButtons(onFiles) : null;
  const list = new ItemList(collection, types, { canWrite: Boolean(onFiles), actions, signal });
  await list.show();
  return list;
}

const uploadButtons = (onFiles) => [
  fileButton(words.items.addFiles, onFiles, { accept: ACCEPTED_FILES, multiple: true, primary: true }),
  fileButton(words.items.addFolder, onFiles, { folder: true }),
];

function emptyCollection(onFiles) {
  if (!onFiles) return emptyState(words.items.emptyTitle, words.items.empty);
  return h("div", { class: "drop large" }, h("strong", {}, words.items.dropHere),
    h("p", { class: "small" }, words.items.howFilesAreNamed),
    h("div", { class: "row" }, uploadButtons(onFiles)));
}

/** Show new items when their job has ended, and those that another page could not delete. */
function refreshAfterChanges(name, signal, render) {
  const begin = inOrder();
  const refresh = async () => {
    const isNews = begin();
    await get(collectionPath(name), {}, signal).then((current) => isNews() && render(current)).catch(() => {});
  };
  subscribe((job) => {
    if (job.collection === name && REFRESHING_KINDS.has(job.kind) && job.finished_at && scrollY < MAX_REFRESH_SCROLL) refresh();
  }, signal);
  onDeletion(name, ({ kind }) => { if (kind === "unconfirmed") refresh(); }, signal);
}
