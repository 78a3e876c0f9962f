// A labelled slider that shows its value in words, and the sliders that several pages have.

import { h } from "../dom.js";
import { formatNumber } from "../format.js";

const USUAL_COLOUR = 10; // the position that leaves the weight of colour to the server

/** A slider; `onInput` gets the new value, `format` returns its text. */
export function slider({ id, label, value, onInput, format = String, min = 0, max = 100 }) {
  const output = h("output", { for: id, class: "number" }, format(value));
  const oninput = ({ target }) => {
    output.textContent = format(Number(target.value));
    onInput(Number(target.value));
  };
  return h("div", {}, h("div", { class: "slider" }, h("label", { for: id }, label), output),
    h("input", { type: "range", id, min, max, value, oninput }));
}

/** A slider from shape to colour; `onInput` gets the weight of colour, or null for the usual one. */
export const colourSlider = (weight, onInput) => slider({
  id: "colour", label: "Shape or colour", value: weight === null ? USUAL_COLOUR : 100 * weight, format: formatColour,
  onInput: (value) => onInput(value === USUAL_COLOUR ? null : value / 100),
});

function formatColour(value) {
  if (value === USUAL_COLOUR) return "usual";
  return value === 0 ? "shape only" : value === 100 ? "colour only" : `${value} % colour`;
}

/** A slider for the minimum rarity of a match, from 1 (any match) to a million. */
export const raritySlider = (rarity, onInput) => slider({
  id: "rarity", label: "Minimum similarity", max: 60, value: Math.round(10 * Math.log10(rarity)),
  format: (value) => formatRarity(toRarity(value)), onInput: (value) => onInput(toRarity(value)),
});

const toRarity = (value) => Math.floor(Number((10 ** (value / 10)).toPrecision(2)));
const formatRarity = (rarity) => (rarity === 1 ? "any" : `1 in ${formatNumber(rarity)} pairs`);
