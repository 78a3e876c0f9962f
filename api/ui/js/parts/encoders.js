// A select field of encoders, in which encoders without weights are disabled and come last.

import { h } from "../dom.js";
import { words } from "../words.js";

const DETAILS = { wrong: words.encoders.invalidWeights, unknown: words.encoders.uncheckedWeights };

export function encoderSelect(encoders, current) {
  const option = (encoder) => h("option", {
    value: encoder.name, selected: encoder.name === current, disabled: lacksWeights(encoder),
  }, words.encoders.option(encoder, DETAILS[encoder.weights] ?? ""));
  const others = encoders.filter(lacksWeights).map(option);
  return h("select", { id: "encoder", name: "encoder" },
    encoders.filter((encoder) => !lacksWeights(encoder)).map(option),
    others.length ? h("optgroup", { label: words.encoders.weightsMissing }, others) : null);
}

/** How to install missing weights; null if no weights are missing. */
export const weightsHint = (encoders) => (encoders.some(lacksWeights)
  ? words.encoders.howToInstall(h("code", {}, "lookalike weights fetch NAME"))
  : null);

const lacksWeights = ({ weights }) => weights === "missing" || weights === "wrong";
