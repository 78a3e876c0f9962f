// Shows the first items of an import as they will be.

import { collectionPath, get } from "../api.js";
import { fill, h } from "../dom.js";
import { itemImage } from "../parts/images.js";
import { row, table as htmlTable } from "../parts/table.js";
import { words } from "../words.js";
import { withoutDecimals } from "./cells.js";
import { attributesOf, namesPictures } from "./columns.js";
import { itemsOf, normalPath } from "./folders.js";
import { isUncertain as hasUncertainText } from "./table.js";

const SHOWN = 10;
const MAX_ATTRIBUTES = 3;

/** The first ten items of pictures and tables of items, and the first rows of sales. */
export function preview(collection, found, pictures, { meaning, attribute, signal }) {
  const table = found.tables.find(({ kind }) => kind === "items");
  const items = table?.rows.length ? itemsOfTable(table, pictures) : itemsOf(pictures, meaning, attribute);
  const sales = found.tables.find(({ kind }) => kind === "sales" || kind === "unknown");
  return [items.length ? itemPreview(collection, items.slice(0, SHOWN), signal) : null, sales ? rowsPreview(sales) : null];
}

function itemsOfTable(table, pictures) {
  const { header, rows, columns } = table;
  const [byPath, byName, byStem] = [pathOf, fileNameOf, ({ stem }) => stem].map((keyOf) => new Map(pictures.map((picture) => [keyOf(picture), picture])));
  const [sku, file] = [header.indexOf(columns.sku || "sku"), fileColumn(table)];
  return (table.isJson ? rows : withoutDecimals(rows, sku)).filter((cells) => cells[sku]).slice(0, SHOWN).map((cells) => {
    const path = normalPath(cells[file] ?? "");
    const picture = byPath.get(path) ?? byName.get(path) ?? byStem.get(cells[sku]);
    const attributes = attributesOf(table, header[sku]).map((name) => [name, cells[header.indexOf(name)]]).filter(([, value]) => value);
    const isUncertain = hasUncertainText(table) && /[^\x00-\x7f]/.test(cells[sku]);
    return { sku: cells[sku], pictures: picture ? [picture] : [], attributes: Object.fromEntries(attributes), isRow: true, hasUrl: namesPictures(table), isUncertain };
  });
}

const pathOf = ({ innerPath }) => innerPath;
const fileNameOf = ({ innerPath }) => innerPath.split("/").pop();
const fileColumn = ({ header }) => header.findIndex((name) => name.toLowerCase() === "file");

/** The pictures that no table of items names, as far as the tables were read; the folders of these matter. */
export function withoutRow(pictures, tables) {
  const naming = tables.filter((table) => table.kind === "items" && fileColumn(table) >= 0);
  const named = new Set(naming.flatMap((table) => table.rows.map((cells) => normalPath(cells[fileColumn(table)] ?? ""))));
  return pictures.filter((picture) => !named.has(pathOf(picture)) && !named.has(fileNameOf(picture)));
}

function itemPreview(collection, items, signal) {
  const notes = new Map();
  const card = ({ sku, pictures, attributes, isRow, hasUrl, isUncertain }) => {
    const image = h("div", { class: "image missing", "data-missing": words.images.none });
    if (pictures.length) showPicture(image, pictures[0], signal);
    const texts = Object.entries(attributes).slice(0, MAX_ATTRIBUTES).map(([name, value]) => words.imports.attribute(name, value));
    const note = h("p", { class: "small muted" }, isRow ? "" : words.counts.images(pictures.length));
    if (!isUncertain && !pictures[0]?.isUncertain) notes.set(sku, { note, image, isEmpty: !pictures.length, canBeNew: pictures.length > 0 || hasUrl });
    return h("li", { class: "card" }, image, h("div", { class: "name" }, sku), note,
      texts.map((text) => h("p", { class: "small muted clip" }, text)));
  };
  const list = h("ul", { class: "cards preview", "aria-label": words.imports.firstItems }, items.map(card));
  markKnown(collection, notes, signal);
  return h("div", {}, h("h3", {}, words.imports.firstItemsTitle(items.length)), list);
}

async function showPicture(frame, picture, signal) {
  const blob = await picture.blob().catch(() => null);
  if (!blob) return;
  const url = URL.createObjectURL(blob);
  signal.addEventListener("abort", () => URL.revokeObjectURL(url), { once: true });
  frame.classList.remove("missing");
  fill(frame, h("img", { src: url, alt: "", onerror: () => frame.classList.add("missing") }));
}

/** Say of each item whether the collection has it already. */
async function markKnown(collection, notes, signal) {
  const skus = [...notes.keys()].filter((sku) => !sku.includes(","));
  const query = { skus: skus.join(","), limit: SHOWN };
  const { items } = skus.length ? await get(collectionPath(collection, "items"), query, signal).catch(() => ({ items: null })) : { items: [] };
  if (!items) return;
  const known = new Map(items.map((item) => [item.sku, item]));
  for (const [sku, { note, image, isEmpty, canBeNew }] of notes) {
    const state = known.has(sku) ? words.imports.known : canBeNew ? words.imports.new : words.imports.unknownItem;
    note.append(`${note.textContent ? " · " : ""}${state}`);
    if (isEmpty && known.has(sku)) image.replaceWith(itemImage({ collection, sku, size: 200, eager: true }));
  }
}

const rowsPreview = ({ path, header, rows }) => h("div", {}, h("h3", {}, words.imports.firstRows(path)),
  htmlTable(words.imports.firstRows(path), header, rows.slice(0, SHOWN).map((cells) => row(header, cells))));
