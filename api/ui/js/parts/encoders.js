// A select field of encoders, in which encoders without weights are disabled and come last.

import { h } from "../dom.js";

const DETAILS = { wrong: ", invalid weights", unknown: ", not checked yet" };

export function encoderSelect(encoders, current) {
  const option = (encoder) => h("option", {
    value: encoder.name, selected: encoder.name === current, disabled: lacksWeights(encoder),
  }, `${encoder.name}: ${encoder.dim} dimensions${DETAILS[encoder.weights] ?? ""}`);
  const others = encoders.filter(lacksWeights).map(option);
  return h("select", { id: "encoder", name: "encoder" },
    encoders.filter((encoder) => !lacksWeights(encoder)).map(option),
    others.length ? h("optgroup", { label: "Weights not installed" }, others) : null);
}

/** How to install missing weights; null if no weights are missing. */
export const weightsHint = (encoders) => (encoders.some(lacksWeights)
  ? ["To install the weights of another encoder, run ", h("code", {}, "lookalike weights fetch NAME"), " on the server."]
  : null);

const lacksWeights = ({ weights }) => weights === "missing" || weights === "wrong";
