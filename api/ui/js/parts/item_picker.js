// Finds items by SKU or words, shows their images, and writes the chosen ones into a text field, one SKU per line.

import { fill, h } from "../dom.js";
import { itemName } from "../format.js";
import { words } from "../words.js";
import { itemImage } from "./images.js";
import { findItems, searchField } from "./item_search.js";
import { problemNote } from "./states.js";

const MAX_SHOWN = 9;

export function itemPicker(collection, textarea) {
  const results = h("ul", { class: "pictures named" });
  let latest = "";
  const show = async (text) => {
    latest = text;
    const choose = (sku) => {
      textarea.value = toggled(skusIn(textarea.value), sku).join("\n");
      markChosen(results, textarea);
    };
    const cards = text ? await search(collection, text, choose) : [];
    if (text === latest) markChosen(fill(results, cards), textarea);
  };
  const input = searchField("", show);
  input.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); }); // it would save the rule
  textarea.addEventListener("input", () => markChosen(results, textarea));
  return h("div", { class: "stack tight" }, textarea, input, results);
}

async function search(collection, text, choose) {
  try {
    const { items } = await findItems(collection, text, { filter: "" });
    if (!items.length) return h("li", { class: "muted small", role: "status" }, words.items.unknown(text));
    return items.slice(0, MAX_SHOWN).map((item) => h("li", {}, h("button", {
      type: "button", class: "pick", "data-sku": item.sku, onclick: () => choose(item.sku),
    }, itemImage({ collection, sku: item.sku, size: 128 }), h("span", { class: "small" }, itemName(item)))));
  } catch (error) {
    return h("li", {}, problemNote(error));
  }
}

function markChosen(results, textarea) {
  const chosen = skusIn(textarea.value);
  for (const button of results.querySelectorAll("button")) button.ariaPressed = String(chosen.includes(button.dataset.sku));
}

const toggled = (skus, sku) => (skus.includes(sku) ? skus.filter((other) => other !== sku) : [...skus, sku]);

/** The SKUs in a text, one per line. */
export const skusIn = (text) => text.split("\n").map((sku) => sku.trim()).filter(Boolean);
