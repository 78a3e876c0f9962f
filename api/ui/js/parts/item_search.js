// Finds items by their SKU, or by words over their attributes and pictures.

import { call, collectionPath, get } from "../api.js";
import { debounce, h } from "../dom.js";

const PAGE_SIZE = 60;
const MAX_WORDS = 200; // characters

/** A search field; `onInput` gets the trimmed text. */
export const searchField = (text, onInput) => h("input", {
  type: "search", class: "find", value: text, placeholder: "SKU or words", "aria-label": "Find items by SKU or words",
  autocomplete: "off", spellcheck: "false", oninput: debounce(({ target: { value } }) => onInput(value.trim()), 300),
});

/** A page of items that have one of the SKUs in a text, or that fit its words; SKUs come first. */
export async function findItems(collection, text, { filter, cursor = "", signal }) {
  const [named, found] = await Promise.all([
    cursor ? [] : itemsNamed(collection, text, filter, signal), itemsThatFit(collection, text, { filter, cursor, signal }),
  ]);
  const skus = new Set(named.map(({ sku }) => sku));
  return { ...found, items: [...named, ...found.matches.filter(({ sku }) => !skus.has(sku))] };
}

async function itemsNamed(collection, text, filter, signal) {
  const { items } = await get(collectionPath(collection, "items"), { skus: text, filter, limit: PAGE_SIZE }, signal);
  return items;
}

function itemsThatFit(collection, text, { filter, cursor, signal }) {
  if (text.length > MAX_WORDS) return { matches: [], next_cursor: null, understood: [] };
  const form = new FormData();
  const fields = { text, limit: PAGE_SIZE, group: false, filter, cursor };
  for (const [name, value] of Object.entries(fields)) if (value !== "") form.append(name, value);
  return call("POST", collectionPath(collection, "search"), { form, signal });
}
