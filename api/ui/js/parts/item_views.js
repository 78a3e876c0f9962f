// The images of an item: facts, and controls that add, replace and delete them.

import { apiUrl, collectionPath, get, request } from "../api.js";
import { announce, h } from "../dom.js";
import { trackJob, uploadView } from "../uploads.js";
import { words } from "../words.js";
import { confirmAction, openFormDialog } from "./dialogs.js";
import { fileButton } from "./file_input.js";
import { problemName } from "./image_problems.js";
import { replaceImage } from "./image_replacement.js";
import { confirmItemDeletion } from "./item_deletion.js";
import { field } from "./layout.js";

const USUAL_VIEWS = ["front", "back", "side", "detail", "worn"];
const IMAGES = { accept: "image/*" };

/** The images of an item with their facts; writers can change them. */
export function viewsList(collection, item, canWrite) {
  const row = (image) => h("li", { class: "view" },
    h("div", {}, h("strong", {}, image.view), h("p", { class: "small muted" }, factsOf(image))),
    canWrite ? h("div", { class: "row" }, fileButton(words.actions.replace, ([[, file]]) => replaceImage(collection, item.sku, image, file),
      { ...IMAGES, name: words.images.replace(image.view) }), deleteButton(collection, item, image)) : null);
  return h("div", { class: "stack" }, h("ul", { class: "plain-list views-list" }, item.images.map(row)),
    canWrite ? h("div", {}, fileButton(words.images.add, ([[, file]]) => nameView(collection, item, file), IMAGES)) : null);
}

const factsOf = (image) => [words.images.size(image), ...(image.problems ?? []).map(problemName)].join(", ");

/** Ask for the name of a new view. */
function nameView(collection, item, file) {
  const used = new Set(item.images.map(({ view }) => view));
  const free = USUAL_VIEWS.filter((view) => !used.has(view));
  return openFormDialog({
    title: words.images.add, action: words.actions.add, isValid: ({ view }) => view.trim() && !used.has(view.trim()),
    body: h("div", { class: "stack" }, h("p", { class: "muted" }, file.name),
      h("datalist", { id: "usual-views" }, free.map((view) => h("option", { value: view }))),
      field("view", words.images.whatItShows, h("input", {
        id: "view", name: "view", list: "usual-views", value: free[0] ?? "", maxlength: 64, autocomplete: "off", "aria-describedby": "view-hint",
      }), words.images.nameHint([...used]))),
    onSubmit: ({ view }) => {
      uploadView(collection, item.sku, view.trim(), file);
      announce(words.images.uploading(file.name));
    },
  });
}

/** A button that deletes an image; the last one goes only with its item. */
function deleteButton(collection, item, { view }) {
  if (item.images.length < 2) return null;
  return h("button", {
    type: "button", class: "plain danger", "aria-label": words.images.delete(view), onclick: () => confirmImageDeletion(collection, item, view),
  }, words.actions.delete);
}

/** Ask whether to delete one of several images of an item; `onDeleted` is called once a job does it. */
function confirmImageDeletion(collection, { sku, images }, view, onDeleted = () => {}) {
  const others = images.filter((image) => image.view !== view);
  const note = others.length === 1 && others[0].view !== "main" ? words.images.otherBecomesMain : "";
  return confirmAction({
    title: words.images.deletionTitle(view, sku), action: words.actions.delete, isDangerous: true, message: words.images.deletion + note,
    onSubmit: async () => {
      trackJob(await keepImages(collection, sku, view), words.images.deletionJob(view));
      onDeleted();
    },
  });
}

/** Ask whether to delete an image, or the item if it has no other; `onImageDeleted` is called once a job deletes the image. */
export async function deletePicture(collection, { sku, view }, onImageDeleted, signal) {
  const item = await get(collectionPath(collection, "items", sku), {}, signal);
  if (item.images.length < 2) confirmItemDeletion(collection, sku);
  else confirmImageDeletion(collection, item, view, onImageDeleted);
}

/** Replace the item by itself without one image, and return the job; the server has no smaller deletion. */
async function keepImages(collection, sku, withoutView) {
  const path = collectionPath(collection, "items", sku);
  const { images, attributes: { seen_colour: seen, ...attributes } } = await get(path);
  const form = new FormData();
  form.append("attributes", JSON.stringify(attributes));
  for (const { view, format } of images.filter((image) => image.view !== withoutView)) {
    const image = await request("GET", apiUrl(`${path}/image`, { view }).href);
    form.append("files", await image.blob(), `${view}.${format.toLowerCase()}`);
  }
  return (await request("PUT", path, { form })).json();
}
