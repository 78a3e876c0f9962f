// What was just done, with a button that takes it back, at the place where it was done.

import { fill, h } from "../dom.js";
import { words } from "../words.js";
import { showProblem } from "./states.js";

/** Say in a node what was done, with a button that calls `undo`, which empties the node; the offer stays if that fails. */
export function offerUndo(node, text, undo, signal) {
  const message = h("div", {});
  const button = h("button", { type: "button", onclick: () => showProblem(message, undo, signal) }, words.actions.undo);
  fill(node, h("div", { class: "note line-between" }, h("span", { role: "status" }, text), button), message);
  return button;
}
