// All collections as cards; administrators can create collections.

import { call, collectionPath, get } from "../api.js";
import { announce, fill, h } from "../dom.js";
import { formatTimeAgo, pluralize } from "../format.js";
import { subscribe } from "../job_events.js";
import { openFormDialog } from "../parts/dialogs.js";
import { encoderSelect, weightsHint } from "../parts/encoders.js";
import { itemImage } from "../parts/images.js";
import { field, pageHeader } from "../parts/layout.js";
import { emptyState } from "../parts/states.js";
import { navigate, pageUrl, renderPage } from "../router.js";
import { hasRole, serverInfo } from "../server_info.js";

const SAMPLES = 4;
const NAME_RULE = "a–z, 0–9, _ and -, starting with a letter or a digit; at most 63 characters";

export async function collectionsPage({ signal }) {
  const [{ items: collections }, isAdmin] = await Promise.all([get("v1/collections", {}, signal), hasRole("admin")]);
  subscribe((job) => { if (job.kind === "delete-collection" && job.state === "succeeded") renderPage(); }, signal);
  const newButton = isAdmin
    ? h("button", { class: "primary", onclick: () => createCollection(signal) }, "New collection") : null;
  if (!collections.length) return [h("h1", { class: "visually-hidden" }, "Collections"), noCollections(newButton)];
  return [
    pageHeader("Collections", pluralize(collections.length, "collection"), newButton),
    h("ul", { class: "cards collections" }, collections.map((collection) => collectionCard(collection, signal))),
  ];
}

const noCollections = (newButton) => emptyState("No collections yet", newButton
  ? "A collection holds the items of a shop and their images. Create one, then drop images, a folder or a zip on it."
  : "Creating a collection requires an API key with the role admin.", newButton);

function collectionCard(collection, signal) {
  const { name, items, images, encoder, changing_to: newEncoder, description } = collection;
  const samples = h("div", { class: "samples" }, placeholders(SAMPLES));
  if (items) showSamples(name, samples, signal);
  return h("li", { class: "card" }, samples,
    h("div", { class: "name" }, h("a", { href: pageUrl("c", name) }, name)),
    h("div", { class: "line" }, h("span", {}, pluralize(items, "item")), h("span", {}, pluralize(images, "image"))),
    h("div", { class: "line" },
      h("span", {}, newEncoder ? `${encoder} → ${newEncoder}` : encoder), h("span", {}, formatTimeAgo(collection.created_at))),
    description ? h("p", { class: "small muted" }, description) : null);
}

const placeholders = (length) => Array.from({ length }, () => h("div", { class: "image" }));

async function showSamples(name, container, signal) {
  const { items } = await get(collectionPath(name, "items"), { limit: SAMPLES }, signal).catch(() => ({ items: [] }));
  const images = items.map(({ sku }) => itemImage({ collection: name, sku, size: 200, eager: true }));
  fill(container, images, placeholders(SAMPLES - images.length));
}

async function createCollection(signal) {
  const [{ default_encoder: defaultEncoder }, { items: encoders }] = await Promise.all([serverInfo(), get("v1/encoders")]);
  if (signal.aborted) return; // another page was opened meanwhile
  await openFormDialog({
    title: "New collection", action: "Create",
    body: [
      field("name", "Name", h("input", {
        id: "name", name: "name", required: true, pattern: "[a-z0-9][a-z0-9_\\-]{0,62}", title: NAME_RULE,
        autocomplete: "off", spellcheck: "false", "aria-describedby": "name-hint",
      }), NAME_RULE),
      field("encoder", "Encoder", encoderSelect(encoders, defaultEncoder),
        ["The encoder turns each image into numbers that can be compared. It can be changed later. Its recipe is fitted to your images once there are 256, unless you choose otherwise in the settings. ", weightsHint(encoders)]),
      field("description", "Description", h("input", { id: "description", name: "description", maxlength: 2000 })),
    ],
    onSubmit: async (json) => {
      const { name } = await call("POST", "v1/collections", { json });
      announce(`Collection ${name} created`);
      navigate("c", name);
    },
  });
}
