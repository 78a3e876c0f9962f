// Finds items by their SKU, or by words over their attributes and pictures.

import { call, collectionPath, get } from "../api.js";
import { debounce, h } from "../dom.js";
import { words } from "../words.js";

const PAGE_SIZE = 60;
const MAX_WORDS = 200; // characters
const NOTHING = { matches: [], next_cursor: null, understood: [], isUnknown: true };

/** A search field; `onInput` gets the trimmed text. */
export const searchField = (text, onInput) => h("input", {
  type: "search", class: "find", value: text, placeholder: words.items.findPlaceholder, "aria-label": words.items.find,
  autocomplete: "off", spellcheck: "false", oninput: debounce(({ target: { value } }) => onInput(value.trim()), 300),
});

/** A page of items that have one of the SKUs in a text, or that fit its words; SKUs come first. `isUnknown`: no word is known. */
export async function findItems(collection, text, { filter, availability = "", cursor = "", signal }) {
  const [named, found] = await Promise.all([
    cursor ? [] : itemsNamed(collection, text, { filter, availability }, signal), itemsThatFit(collection, text, { filter, cursor, signal }),
  ]);
  const skus = new Set(named.map(({ sku }) => sku));
  const matches = found.matches.filter((match) => !availability || (match.availability ?? "in_stock") === availability);
  return { ...found, items: [...named, ...matches.filter(({ sku }) => !skus.has(sku))] };
}

async function itemsNamed(collection, text, query, signal) {
  const { items } = await get(collectionPath(collection, "items"), { ...query, skus: text, limit: PAGE_SIZE }, signal);
  return items;
}

function itemsThatFit(collection, text, { filter, cursor, signal }) {
  if (text.length > MAX_WORDS) return NOTHING;
  const form = new FormData();
  const fields = { text, limit: PAGE_SIZE, group: false, filter, cursor };
  for (const [name, value] of Object.entries(fields)) if (value !== "") form.append(name, value);
  return call("POST", collectionPath(collection, "search"), { form, signal }).catch((error) => {
    if (error.status !== 422) throw error;
    return NOTHING; // no word is known, as for most SKUs; the list of named items reports problems of the filter
  });
}
