// The choice of a network; those whose weights are not there cannot be chosen.

import { h } from "../dom.js";

const DETAILS = { missing: "weights not fetched", wrong: "wrong weights", unknown: "no worker has told yet" };

export function encoderSelect(encoders, current) {
  const families = Map.groupBy ? Map.groupBy(encoders, (one) => one.family) : new Map([["all", encoders]]);
  return h("select", { id: "encoder", name: "encoder" },
    [...families].map(([family, some]) => h("optgroup", { label: family }, some.map((one) => option(one, current)))));
}

function option({ name, dim, weights }, current) {
  const told = DETAILS[weights] ? ` (${DETAILS[weights]})` : "";
  return h("option", { value: name, selected: name === current, disabled: weights === "missing" || weights === "wrong" }, `${name} · ${dim}${told}`);
}
