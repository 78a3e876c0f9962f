// The choice of a network: those that are ready, then those whose weights are not there.

import { h } from "../dom.js";

const AWAY = new Set(["missing", "wrong"]);
const DETAILS = { wrong: ", wrong weights", unknown: ", no worker has told yet" };

export function encoderSelect(encoders, current) {
  const [ready, others] = [encoders.filter((one) => !away(one)), encoders.filter(away)];
  return h("select", { id: "encoder", name: "encoder" },
    ready.map((one) => option(one, current)),
    others.length ? h("optgroup", { label: "Weights not here yet" }, others.map((one) => option(one, current))) : null);
}

/** How to come by the others. */
export const fetching = (encoders) => (encoders.some(away)
  ? ["The weights of others are fetched on the server with ", h("code", {}, "lookalike weights fetch NAME"), "."]
  : null);

const away = ({ weights }) => AWAY.has(weights);

const option = ({ name, dim, weights }, current) => h("option", { value: name, selected: name === current, disabled: AWAY.has(weights) },
  `${name}: ${dim} numbers a picture${DETAILS[weights] ?? ""}`);
