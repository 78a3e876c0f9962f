// The items of a collection as a grid of images; files dropped here are imported.

import { collectionPath, get } from "../api.js";
import { announce, fill, form, h } from "../dom.js";
import { formatNumber, pluralize } from "../format.js";
import { subscribe } from "../job_events.js";
import { attributeTypes } from "../parts/attribute_types.js";
import { bulkButtons } from "../parts/bulk.js";
import { catalogueButton } from "../parts/catalogue.js";
import { collectionFrame, countsText } from "../parts/collection_frame.js";
import { ACCEPTED_FILES, dropZone, fileButton } from "../parts/file_input.js";
import { filterEditor, filterOf } from "../parts/filter.js";
import { ItemGrid } from "../parts/grid.js";
import { emptyState, sentence, showProblem } from "../parts/states.js";
import { navigate } from "../router.js";
import { hasRole } from "../server_info.js";
import { uploadImages } from "../uploads.js";

const FIRST_PAGE_SIZE = 60; // small enough to load at once
const MAX_REFRESH_SCROLL = 200; // pixels; a refresh would move a user who has scrolled further down
const REFRESHING_KINDS = new Set(["ingest", "sync-items", "change-items", "delete-items"]);

export const itemsPage = ({ name, signal }) => collectionFrame(name, "", signal, async (collection) => {
  const canWrite = await hasRole("write");
  const upload = (entries) => {
    uploadImages(name, entries);
    announce(`Uploading ${pluralize(entries.length, "file")} to ${name}`);
  };
  const onFiles = canWrite ? upload : null;
  const page = h("div", { class: "stack items-page" });
  const render = async (current) =>
    fill(page, current.items ? await itemList(current, onFiles, signal) : emptyCollection(onFiles));
  await render(collection);
  refreshAfterJobs(name, signal, render);
  return canWrite ? dropZone(page, upload) : page;
});

async function itemList({ name, items: total }, onFiles, signal) {
  const [first, types] = await Promise.all([
    get(collectionPath(name, "items"), { limit: FIRST_PAGE_SIZE }, signal), attributeTypes(name, signal),
  ]);
  const totalText = pluralize(total, "item");
  const status = h("span", { class: "muted number", role: "status" }, totalText);
  const grid = new ItemGrid(name, { total, first, signal });
  const message = h("div");
  const bulk = h("div");
  const applyFilter = (conditions) => showProblem(message, async () => {
    const filter = filterOf(conditions, types);
    const page = filter ? await get(collectionPath(name, "items"), { limit: FIRST_PAGE_SIZE, filter }, signal) : first;
    fill(message, page.items.length ? null : emptyState("No items match", "Change or remove a condition."));
    fill(bulk, filter && onFiles && page.items.length ? bulkButtons(name, filter, types, signal) : null);
    grid.reset({ total: filter ? null : total, first: page, filter });
    const matchCount = `${formatNumber(page.items.length)}${page.next_cursor ? "+" : ""}`;
    status.textContent = filter ? `${matchCount} of ${totalText}` : totalText;
  }, signal);
  const hint = () => h("span", { class: "hint drop-hint" }, " · drop images, folders or archives anywhere here to add them");
  return [
    h("div", { class: "row toolbar" }, h("div", { class: "grow" }, status, onFiles ? hint() : null),
      skuForm(name), onFiles ? [uploadButtons(onFiles), catalogueButton(name)] : null),
    h("details", { class: "filter" }, h("summary", {}, "Filter"), filterEditor(types, applyFilter), bulk),
    message, grid.node,
  ];
}

/** A form that opens an item by its SKU, which filters do not support. */
function skuForm(collection) {
  const message = h("span", { class: "bad small", role: "status" });
  const input = h("input", {
    type: "search", name: "sku", required: true, placeholder: "SKU", "aria-label": "Open an item by its SKU",
    autocomplete: "off", spellcheck: "false", oninput: () => { message.textContent = ""; },
  });
  const openItem = async () => {
    const sku = input.value.trim();
    try {
      await get(collectionPath(collection, "items", sku));
      navigate("c", collection, "items", sku);
    } catch (error) {
      message.textContent = error.status === 404 ? `There is no item ${sku}.` : sentence(error.message);
    }
  };
  return form({ class: "row open-sku" }, openItem, message, input, h("button", {}, "Open"));
}

const uploadButtons = (onFiles) => [
  fileButton("Add images", onFiles, { accept: ACCEPTED_FILES, multiple: true, primary: true }),
  fileButton("Add folder", onFiles, { folder: true }),
];

function emptyCollection(onFiles) {
  if (!onFiles) return emptyState("No items yet", "This collection is empty.");
  return h("div", { class: "drop large" }, h("strong", {}, "Drop images, a folder or a zip here"),
    h("p", { class: "small" },
      "A-12.jpg becomes item A-12; A-12/front.jpg becomes its view “front”. Include an items.csv to add attributes, or upload a CSV file with URLs of images."),
    h("div", { class: "row" }, uploadButtons(onFiles)));
}

/** Show new items when their job has ended. */
function refreshAfterJobs(name, signal, render) {
  const refresh = async () => {
    const collection = await get(collectionPath(name), {}, signal);
    const counts = document.querySelector(".counts");
    if (counts) counts.textContent = countsText(collection);
    if (scrollY < MAX_REFRESH_SCROLL) await render(collection);
  };
  subscribe((job) => {
    if (job.collection === name && REFRESHING_KINDS.has(job.kind) && job.finished_at) refresh().catch(() => {});
  }, signal);
}
