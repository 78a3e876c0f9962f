// All collections as cards; a new one is made here.

import { about, may } from "../about.js";
import { at, call, get } from "../api.js";
import { fill, h, say } from "../dom.js";
import { ago, counted } from "../format.js";
import { listen } from "../live.js";
import { ask } from "../parts/dialogs.js";
import { encoderSelect, fetching } from "../parts/encoders.js";
import { picture } from "../parts/pictures.js";
import { empty } from "../parts/states.js";
import { go, show, to } from "../router.js";

const SAMPLES = 4;
const NAME_RULE = "a–z, 0–9, _ and -, the first a letter or a digit; at most 63 characters";

export async function collections({ signal }) {
  const [{ items: found }, admin] = await Promise.all([get("v1/collections", {}, signal), may("admin")]);
  refreshWhenOneIsGone(signal);
  const create = admin ? h("button", { class: "main", onclick: () => createOne(signal) }, "New collection") : null;
  if (!found.length) return [h("h1", { class: "unseen" }, "Collections"), nothingYet(create)];
  return [
    h("div", { class: "head" }, h("div", {}, h("h1", {}, "Collections"), h("p", {}, counted(found.length, "collection"))), create),
    h("ul", { class: "cards collections" }, found.map((one) => card(one, signal))),
  ];
}

const nothingYet = (create) => empty(
  "No collection yet",
  create
    ? "A collection holds the items of one shop with their pictures. Make one, then drop pictures, a folder or a zip on it."
    : "Nothing has been put here yet, or your key is not for it.",
  create);

function card(collection, signal) {
  const samples = h("div", { class: "samples" }, Array.from({ length: SAMPLES }, () => h("div", { class: "picture" })));
  if (collection.items) showSamples(collection.name, samples, signal);
  return h("li", { class: "card" },
    samples,
    h("div", { class: "name" }, h("a", { href: to("c", collection.name) }, collection.name)),
    h("div", { class: "line" }, h("span", {}, counted(collection.items, "item")), h("span", {}, counted(collection.images, "picture"))),
    h("div", { class: "line" }, h("span", {}, collection.changing_to ? `${collection.encoder} → ${collection.changing_to}` : collection.encoder), h("span", {}, ago(collection.created_at))),
    collection.description ? h("p", { class: "small soft" }, collection.description) : null);
}

async function showSamples(name, place, signal) {
  const { items } = await get(at(name, "items"), { limit: SAMPLES }, signal).catch(() => ({ items: [] }));
  const pictures = items.map((item) => picture({ collection: name, sku: item.sku, size: 200, eager: true }));
  fill(place, pictures, Array.from({ length: SAMPLES - pictures.length }, () => h("div", { class: "picture" })));
}

async function createOne(signal) {
  const [{ default_encoder: usual }, { items: encoders }] = await Promise.all([about(), get("v1/encoders")]);
  if (signal.aborted) return; // the page was left meanwhile
  const made = await ask({
    title: "New collection",
    action: "Create",
    body: [
      h("div", {}, h("label", { for: "name" }, "Name"),
        h("input", { id: "name", name: "name", required: true, pattern: "[a-z0-9][a-z0-9_\\-]{0,62}", title: NAME_RULE, autocomplete: "off", spellcheck: "false", "aria-describedby": "name-hint" }),
        h("p", { class: "hint", id: "name-hint" }, NAME_RULE)),
      h("div", {}, h("label", { for: "encoder" }, "Network"), encoderSelect(encoders, usual),
        h("p", { class: "hint" }, "It turns each picture into numbers that are compared; it can be changed later. ", fetching(encoders))),
      h("div", {}, h("label", { for: "description" }, "Description"), h("input", { id: "description", name: "description", maxlength: 2000 })),
    ],
    act: (data) => call("POST", "v1/collections", { json: Object.fromEntries(data) }),
  });
  if (made) {
    say(`Collection ${made.name} was created`);
    go("c", made.name);
  }
}

function refreshWhenOneIsGone(signal) {
  listen((job) => { if (job.kind === "delete-collection" && job.state === "succeeded") show(); }, signal);
}
