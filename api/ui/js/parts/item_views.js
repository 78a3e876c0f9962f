// The images of an item: facts, and controls that add, replace and delete them.

import { apiUrl, collectionPath, get, request } from "../api.js";
import { announce, fill, h } from "../dom.js";
import { formatBytes } from "../format.js";
import { problemName } from "../pages/health.js";
import { trackJob, uploadView } from "../uploads.js";
import { confirmAction, openFormDialog } from "./dialogs.js";
import { fileButton } from "./file_input.js";
import { field } from "./layout.js";

const USUAL_VIEWS = ["front", "back", "side", "detail", "worn"];
const IMAGES = { accept: "image/*" };

/** The images of an item with their facts; writers can change them. */
export function viewsList(collection, item, canWrite) {
  const row = (image) => h("li", { class: "view" },
    h("div", {}, h("strong", {}, image.view), h("p", { class: "small muted" }, factsOf(image))),
    canWrite ? h("div", { class: "row" }, fileButton("Replace", ([[, file]]) => send(collection, item, image.view, file),
      { ...IMAGES, name: `Replace the image ${image.view}` }), deleteButton(collection, item, image)) : null);
  return h("div", { class: "stack" }, h("ul", { class: "plain-list views-list" }, item.images.map(row)),
    canWrite ? h("div", {}, fileButton("Add an image", ([[, file]]) => nameView(collection, item, file), IMAGES)) : null);
}

const factsOf = ({ width, height, format, bytes, problems }) =>
  [`${width} × ${height} ${format}`, formatBytes(bytes), ...(problems ?? []).map(problemName)].join(", ");

function send(collection, item, view, file) {
  uploadView(collection, item.sku, view, file);
  announce(`Uploading ${file.name}`);
}

/** Ask for the name of a new view. */
function nameView(collection, item, file) {
  const used = new Set(item.images.map(({ view }) => view));
  const free = USUAL_VIEWS.filter((view) => !used.has(view));
  return openFormDialog({
    title: "Add an image", action: "Add", isValid: ({ view }) => view.trim() && !used.has(view.trim()),
    body: h("div", { class: "stack" }, h("p", { class: "muted" }, file.name),
      h("datalist", { id: "usual-views" }, free.map((view) => h("option", { value: view }))),
      field("view", "What does it show?", h("input", {
        id: "view", name: "view", list: "usual-views", value: free[0] ?? "", maxlength: 64, autocomplete: "off", "aria-describedby": "view-hint",
      }), `A name that no other image of this item has; taken: ${[...used].join(", ")}.`)),
    onSubmit: ({ view }) => send(collection, item, view.trim(), file),
  });
}

/** A button that deletes an image; the last one goes only with its item. */
function deleteButton(collection, item, { view }) {
  const others = item.images.filter((image) => image.view !== view);
  if (!others.length) return null;
  const note = others.length === 1 && others[0].view !== "main" ? ` The other image will be called “main”.` : "";
  return h("button", { type: "button", class: "plain danger", "aria-label": `Delete the image ${view}`, onclick: () => confirmAction({
    title: `Delete the image “${view}”?`, action: "Delete", isDangerous: true,
    message: `Searches will not find the item by this image any more.${note}`,
    onSubmit: async () => trackJob(await keepImages(collection, item.sku, view), `Deletion of ${view}`),
  }) }, "Delete");
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
