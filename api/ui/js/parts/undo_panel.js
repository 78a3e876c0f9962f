// The panel in the corner of every page with what the user can still take back.

import { fill, focusIfLost, h } from "../dom.js";
import { words } from "../words.js";

const panel = h("aside", { id: "undo", "aria-label": words.undo.label, hidden: true });
const notesByKind = new Map();
let isByMouse = false; // the last click; keys click, too
document.getElementById("main").before(panel); // before the many stops of Tab in a page

/** Show the notes of one kind, such as deletions, in place of the earlier ones. */
export function showNotes(kind, notes) {
  const hadFocus = panel.contains(document.activeElement);
  notesByKind.set(kind, notes);
  fill(panel, [...notesByKind.values()]);
  panel.hidden = !panel.children.length;
  if (hadFocus) focusIfLost(panel.querySelector("button"));
}

/** A note with a button that takes something back, and one that closes it. */
export const undoNote = (text, onUndo, onClose) => h("div", { class: "line-between" }, h("span", {}, text),
  h("span", {}, h("button", { class: "undo", onclick: onUndo }, words.actions.undo), closeButton(onClose)));

export const closeButton = (onclick) => h("button", { class: "plain icon", "aria-label": words.actions.close, onclick }, "✕");

/** Whether the user is at the panel, with the pointer or the focus. */
export const isPanelInUse = () => panel.matches(":hover, :focus-within");

/** Give the focus of a keyboard user to what takes the last change back; with a mouse, the space bar goes on scrolling. */
export const focusUndo = () => {
  if (!isByMouse) [...panel.querySelectorAll(".undo")].at(-1)?.focus();
};

addEventListener("click", ({ detail }) => { isByMouse = detail > 0; }, { capture: true });
