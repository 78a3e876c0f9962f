// Deletes items after a minute in which the user can still take it back.

import { authorization, collectionPath, remove, request } from "../api.js";
import { announce, fill, focusIfLost, h } from "../dom.js";
import { words } from "../words.js";
import { forEach } from "./batch.js";

const UNDO_MS = 60_000;
const MAX_KEPT_ALIVE = 20; // requests that a browser still sends for a page that was left
const changes = new EventTarget();
const deletions = new Set(); // `left` are the SKUs that the server has not deleted; `state` is waiting, sending or failed
const panel = h("aside", { id: "deletions", "aria-label": words.deletions.label, hidden: true });
let isByMouse = false; // the last click; keys click, too
document.getElementById("main").before(panel); // before the many stops of Tab in a page

/** Delete items soon, unless the user takes it back; until then, pages show them as deleted. */
export function deleteSoon(collection, skus) {
  const deletion = { collection, skus: new Set(skus), left: new Set(skus), headers: authorization(), state: "waiting", failures: [] };
  deletions.add(deletion);
  wait(deletion);
  notify(collection, -deletion.skus.size);
  announce(words.deletions.deleted([...skus]));
}

/** Give the focus of a keyboard user to what takes the last deletion back; with a mouse, the space bar goes on scrolling. */
export const focusUndo = () => {
  if (!isByMouse) [...panel.querySelectorAll(".undo")].at(-1)?.focus();
};

/** Whether an item is deleted as far as the user knows. */
export const isDeleted = (collection, sku) => [...deletions].some((deletion) => hides(deletion, collection) && deletion.skus.has(sku));

/** How many items of a collection the server still has, although they are deleted as far as the user knows. */
export const deletedItems = (collection) => [...deletions].filter((deletion) => hides(deletion, collection))
  .reduce((sum, { skus }) => sum + skus.size, 0);

/**
 * Call back when items are deleted as far as the user knows (`listener` gets minus their number), have come back (it gets
 * their number), or are deleted on the server (0).
 */
export const onDeletion = (collection, listener, signal) => changes.addEventListener("change", ({ detail }) => {
  if (detail.collection === collection) listener(detail.difference);
}, { signal });

/** Delete at once what still waits: an upload, for one, may bring back the same items. */
export const finishDeletions = () => Promise.all([...deletions].map(send));

const unfinished = () => [...deletions].filter(({ state }) => state !== "failed");
const isWaiting = ({ state }) => state === "waiting";
const hides = (deletion, collection) => deletion.collection === collection && deletion.state !== "failed";

/** Delete the items later; once more as late if the pointer or the focus is at the message. */
function wait(deletion, canBeLonger = true) {
  deletion.timer = setTimeout(() => {
    if (canBeLonger && panel.matches(":hover, :focus-within")) wait(deletion, false);
    else send(deletion);
  }, UNDO_MS);
}

/** Delete the items now; does nothing more if this has begun already. */
const send = (deletion) => (deletion.sent ??= sendNow(deletion));

async function sendNow(deletion) {
  const { collection, skus, left } = deletion;
  clearTimeout(deletion.timer);
  deletion.state = "sending";
  render();
  deletion.failures = await forEach(skus, (sku) => remove(collectionPath(collection, "items", sku)).then(() => left.delete(sku)));
  if (deletion.failures.length) deletion.state = "failed";
  else deletions.delete(deletion);
  notify(collection, deletion.failures.length);
}

function undo(deletion) {
  close(deletion);
  announce(words.deletions.undone(deletion.skus.size));
  notify(deletion.collection, deletion.skus.size);
}

function close(deletion) {
  clearTimeout(deletion.timer);
  deletions.delete(deletion);
  render();
}

function notify(collection, difference) {
  render();
  changes.dispatchEvent(new CustomEvent("change", { detail: { collection, difference } }));
}

function render() {
  const shown = [...deletions].filter(({ state }) => state !== "sending");
  const hadFocus = panel.contains(document.activeElement);
  panel.hidden = !shown.length;
  fill(panel, shown.map((deletion) => (isWaiting(deletion) ? note(deletion) : problem(deletion))));
  if (hadFocus) focusIfLost(panel.querySelector("button"));
}

const note = (deletion) => h("div", { class: "line-between" }, h("span", {}, words.deletions.deleted([...deletion.skus])),
  h("span", {}, h("button", { class: "undo", onclick: () => undo(deletion) }, words.actions.undo),
    closeButton(() => send(deletion))));

const problem = (deletion) => h("div", { class: "line-between", role: "alert" },
  h("div", {}, h("strong", { class: "bad" }, words.deletions.failed(deletion.failures.length)),
    h("ul", { class: "plain-list" }, deletion.failures.map(([sku, reason]) => h("li", {}, words.selection.failure(sku, reason))))),
  closeButton(() => close(deletion)));

const closeButton = (onclick) => h("button", { class: "plain icon", "aria-label": words.actions.close, onclick }, "✕");

addEventListener("click", ({ detail }) => { isByMouse = detail > 0; }, { capture: true });

addEventListener("beforeunload", (event) => {
  if (unfinished().reduce((sum, { left }) => sum + left.size, 0) <= MAX_KEPT_ALIVE) return;
  event.preventDefault(); // the browser asks whether to stay
  finishDeletions();
});

addEventListener("pagehide", () => {
  for (const { collection, left, headers } of unfinished()) {
    for (const sku of left) request("DELETE", collectionPath(collection, "items", sku), { headers, keepalive: true }).catch(() => {});
  }
  deletions.clear();
});
