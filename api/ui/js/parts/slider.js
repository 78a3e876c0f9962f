// A labelled slider that shows its value in words, and the sliders that several pages have.

import { fill, h } from "../dom.js";
import { words } from "../words.js";

/** A slider; `onInput` gets the new value, `format` returns its text. */
export function slider({ id, label, value, onInput, format = String, min = 0, max = 100 }) {
  const output = h("output", { for: id, class: "number" }, format(value));
  const oninput = ({ target }) => {
    onInput(Number(target.value));
    output.textContent = format(Number(target.value));
  };
  return h("div", {}, h("div", { class: "slider" }, h("label", { for: id }, label), output),
    h("input", { type: "range", id, min, max, value, oninput }));
}

/**
 * A slider from shape to colour, and a button that returns to the usual weight of a collection.
 *
 * `onInput` gets the weight of colour, or null for the usual one.
 */
export function colourSlider(usual, weight, onInput) {
  const node = h("div", {});
  const show = (value) => fill(node, slider({
    id: "colour", label: words.sliders.colour, value: Math.round(100 * (value ?? usual)),
    format: (percent) => formatColour(percent, value === null), onInput: (percent) => {
      value = percent / 100;
      reset.hidden = false;
      onInput(value);
    },
  }), reset);
  const reset = h("button", { type: "button", class: "plain small", hidden: weight === null, onclick: () => {
    reset.hidden = true;
    show(null);
    onInput(null);
  } }, words.sliders.usualColour);
  show(weight);
  return node;
}

function formatColour(percent, isUsual) {
  if (isUsual) return words.sliders.usual;
  return percent === 0 ? words.sliders.shapeOnly : percent === 100 ? words.sliders.colourOnly : words.sliders.colourShare(percent);
}

/** A slider for the minimum rarity of a match, from 1 (any match) to a million. */
export const raritySlider = (rarity, onInput) => slider({
  id: "rarity", label: words.sliders.similarity, max: 60, value: Math.round(10 * Math.log10(rarity)),
  format: (value) => formatRarity(toRarity(value)), onInput: (value) => onInput(toRarity(value)),
});

const toRarity = (value) => Math.floor(Number((10 ** (value / 10)).toPrecision(2)));
const formatRarity = (rarity) => (rarity === 1 ? words.sliders.anySimilarity : words.sliders.rarity(rarity));
