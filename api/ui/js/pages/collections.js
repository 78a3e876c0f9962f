// All collections as cards; administrators can create collections.

import { call, collectionPath, get } from "../api.js";
import { announce, fill, h } from "../dom.js";
import { subscribe } from "../job_events.js";
import { openFormDialog } from "../parts/dialogs.js";
import { encoderSelect, weightsHint } from "../parts/encoders.js";
import { itemImage } from "../parts/images.js";
import { field, options, pageHeader } from "../parts/layout.js";
import { emptyState } from "../parts/states.js";
import { navigate, pageUrl, renderPage } from "../router.js";
import { hasRole, serverInfo } from "../server_info.js";
import { words } from "../words.js";

const SAMPLES = 4;

export async function collectionsPage({ signal }) {
  const [{ items: collections }, isAdmin] = await Promise.all([get("v1/collections", {}, signal), hasRole("admin")]);
  subscribe((job) => { if (job.kind === "delete-collection" && job.state === "succeeded") renderPage(); }, signal);
  const newButton = isAdmin
    ? h("button", { class: "primary", onclick: () => createCollection(signal) }, words.collections.new) : null;
  if (!collections.length) return [h("h1", { class: "visually-hidden" }, words.collections.title), noCollections(newButton)];
  return [
    pageHeader(words.collections.title, words.counts.collections(collections.length), newButton),
    h("ul", { class: "cards collections" }, collections.map((collection) => collectionCard(collection, signal))),
  ];
}

const noCollections = (newButton) => emptyState(words.collections.noneTitle,
  newButton ? words.collections.none : words.collections.noneForReaders, newButton);

function collectionCard(collection, signal) {
  const { name, items, images, changing_to: newEncoder, description } = collection;
  const samples = h("div", { class: "samples" }, placeholders(SAMPLES));
  if (items) showSamples(name, samples, signal);
  return h("li", { class: "card" }, samples,
    h("div", { class: "name" }, h("a", { href: pageUrl("c", name) }, name)),
    h("div", { class: "line" }, h("span", {}, words.counts.items(items)), h("span", {}, words.counts.images(images))),
    h("div", { class: "line" },
      h("span", {}, words.collections.created(collection.created_at)),
      newEncoder ? h("span", { class: "badge active" }, words.collection.isChanging) : null),
    description ? h("p", { class: "small muted" }, description) : null);
}

const placeholders = (length) => Array.from({ length }, () => h("div", { class: "image" }));

async function showSamples(name, container, signal) {
  const { items } = await get(collectionPath(name, "items"), { limit: SAMPLES }, signal).catch(() => ({ items: [] }));
  const images = items.map(({ sku }) => itemImage({ collection: name, sku, size: 200, eager: true }));
  fill(container, images, placeholders(SAMPLES - images.length));
}

/** A name that collections may have: `Annas Mode` becomes `annas-mode`. */
const usableName = (name) => name.trim().toLowerCase().replaceAll("ß", "ss").normalize("NFKD").replace(/\p{M}/gu, "")
  .replace(/[^a-z0-9_-]+/g, "-").replace(/^[-_]+|-+$/g, "").slice(0, 63);

async function createCollection(signal) {
  const [{ default_encoder: defaultEncoder }, { items: encoders }] = await Promise.all([serverInfo(), get("v1/encoders")]);
  if (signal.aborted) return; // another page was opened meanwhile
  await openFormDialog({
    title: words.collections.new, action: words.actions.create,
    body: [
      field("name", words.collections.name, h("input", {
        id: "name", name: "name", required: true, pattern: "[a-z0-9][a-z0-9_\\-]{0,62}", title: words.collections.nameHint,
        autocomplete: "off", spellcheck: "false", "aria-describedby": "name-hint",
        onchange: ({ target }) => { target.value = usableName(target.value); },
      }), words.collections.nameHint),
      field("description", words.collections.description, h("input", { id: "description", name: "description", maxlength: 2000 })),
      h("details", { class: "specialists" }, h("summary", {}, words.collections.specialists), h("div", { class: "stack" },
        field("encoder", words.collections.encoder, encoderSelect(encoders, defaultEncoder), [words.collections.encoderHint, weightsHint(encoders)]),
        field("recipe", words.collections.recipe, h("select", { id: "recipe", name: "recipe" },
          options(Object.entries(words.collections.recipes))), words.collections.recipeHint))),
    ],
    onSubmit: async (json) => {
      const { name } = await call("POST", "v1/collections", { json });
      announce(words.collections.wasCreated(name));
      navigate("c", name);
    },
  });
}
