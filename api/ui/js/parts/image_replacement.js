// Replaces an image at once; for a minute, the user can have the earlier one back.

import { apiUrl, collectionPath, request } from "../api.js";
import { announce } from "../dom.js";
import { uploadView } from "../uploads.js";
import { words } from "../words.js";
import { isDeleted, onDeletion } from "./deletions.js";
import { isPanelInUse, showNotes, undoNote } from "./undo_panel.js";

const UNDO_MS = 60_000;
const replacements = new Set(); // that can be taken back

/** Replace an image of an item, which has the format `format`; resolves with the upload once its job has ended. */
export async function replaceImage(collection, sku, { view, format }, file) {
  const before = await fetchFile(collection, sku, view, format).catch(() => null);
  announce(words.images.uploading(file.name));
  const upload = await uploadView(collection, sku, view, file);
  if (before && upload.job?.state === "succeeded" && !isDeleted(collection, sku)) offerUndo({ collection, sku, view, before });
  return upload;
}

/** The file of an image, as it was uploaded. */
async function fetchFile(collection, sku, view, format) {
  const response = await request("GET", apiUrl(collectionPath(collection, "items", sku, "image"), { view }).href);
  return new File([await response.blob()], `${view}.${format.toLowerCase()}`);
}

function offerUndo(replacement) {
  const { collection, sku } = replacement;
  replacement.closed = new AbortController();
  replacements.add(replacement);
  onDeletion(collection, () => { if (isDeleted(collection, sku)) close(replacement); }, replacement.closed.signal); // an upload would bring it back
  wait(replacement);
  render();
}

/** Take the offer away later; once more as late if the pointer or the focus is at the message. */
function wait(replacement, canBeLonger = true) {
  replacement.timer = setTimeout(() => {
    if (canBeLonger && isPanelInUse()) wait(replacement, false);
    else close(replacement);
  }, UNDO_MS);
}

function close(replacement) {
  clearTimeout(replacement.timer);
  replacement.closed.abort();
  replacements.delete(replacement);
  render();
}

function undo(replacement) {
  const { collection, sku, view, before } = replacement;
  close(replacement);
  uploadView(collection, sku, view, before);
}

const render = () => showNotes("replacements", [...replacements].map((replacement) =>
  undoNote(words.images.replaced(replacement.view, replacement.sku), () => undo(replacement), () => close(replacement))));
