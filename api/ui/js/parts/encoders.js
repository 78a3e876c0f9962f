// The choice of an encoder: first those that are ready, then those without weights.

import { h } from "../dom.js";

const NOT_INSTALLED = new Set(["missing", "wrong"]);
const DETAILS = { wrong: ", invalid weights", unknown: ", not checked yet" };

export function encoderSelect(encoders, current) {
  const [ready, others] = [encoders.filter((encoder) => !lacksWeights(encoder)), encoders.filter(lacksWeights)];
  return h("select", { id: "encoder", name: "encoder" },
    ready.map((encoder) => option(encoder, current)),
    others.length ? h("optgroup", { label: "Weights not installed" }, others.map((encoder) => option(encoder, current))) : null);
}

/** How to install missing weights, if there are any. */
export const weightsHint = (encoders) => (encoders.some(lacksWeights)
  ? ["To install the weights of another encoder, run ", h("code", {}, "lookalike weights fetch NAME"), " on the server."]
  : null);

const lacksWeights = ({ weights }) => NOT_INSTALLED.has(weights);

const option = (encoder, current) => h("option", {
  value: encoder.name, selected: encoder.name === current, disabled: lacksWeights(encoder),
}, `${encoder.name}: ${encoder.dim} dimensions${DETAILS[encoder.weights] ?? ""}`);
