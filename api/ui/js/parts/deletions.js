// Deletes items after a minute in which the user can still take it back.

import { authorization, collectionPath, remove, request } from "../api.js";
import { announce, h, sleep } from "../dom.js";
import { readStored, store } from "../stored_json.js";
import { words } from "../words.js";
import { forEach } from "./batch.js";
import { closeButton, isPanelInUse, showNotes, undoNote } from "./undo_panel.js";

const UNDO_MS = 60_000;
const MAX_KEPT_ALIVE = 20; // requests that a browser still sends for a page that was left
const SENT_KEY = "lookalike-deletions"; // what the page before this one sent to be deleted when it was left
const SENT_MS = 10_000; // how long the server may take for it
const ARRIVAL_MS = 2_000; // how long an upload waits for it to arrive at the server
const changes = new EventTarget();
const deletions = new Set(); // `left` are the SKUs that the server has not deleted; `state` is waiting, sending or failed

/** Delete items soon, unless the user takes it back; until then, pages show them as deleted. */
export function deleteSoon(collection, skus) {
  const deletion = { collection, skus: new Set(skus), left: new Set(skus), headers: authorization(), state: "waiting", failures: [] };
  deletions.add(deletion);
  wait(deletion);
  notify("deleted", collection, -deletion.skus.size);
  announce(words.deletions.deleted([...skus]));
}

/** Whether an item is deleted as far as the user knows. */
export const isDeleted = (collection, sku) => [...deletions].some((deletion) => hides(deletion, collection) && deletion.skus.has(sku));

/**
 * How many items of a collection the server still has, although they are deleted as far as the user knows. Those that the
 * page before this one sent do not count: the server has most likely deleted them already.
 */
export const deletedItems = (collection) => [...deletions].filter((deletion) => hides(deletion, collection))
  .reduce((sum, { left }) => sum + left.size, 0);

/**
 * Call back with a `kind` and the `difference` that it makes to the number of items, as far as the user knows: items are
 * "deleted", have come back as the user has "undone" it, or the server has "finished", and those that it could not delete
 * have come back. "unconfirmed" are items that the page before this one sent: nobody knows whether the server deleted them.
 */
export const onDeletion = (collection, listener, signal) => changes.addEventListener("change", ({ detail }) => {
  if (detail.collection === collection) listener(detail);
}, { signal });

/** Delete at once what still waits: an upload, for one, may bring back the same items. */
export const finishDeletions = () => Promise.all([...deletions].map(send));

const unfinished = () => [...deletions].filter(({ state }) => state !== "failed");
const isWaiting = ({ state }) => state === "waiting";
const hides = (deletion, collection) => deletion.collection === collection && deletion.state !== "failed";

/** Delete the items later; once more as late if the pointer or the focus is at the message. */
function wait(deletion, canBeLonger = true) {
  deletion.timer = setTimeout(() => {
    if (canBeLonger && isPanelInUse()) wait(deletion, false);
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
  notify("finished", collection, deletion.failures.length);
}

function undo(deletion) {
  close(deletion);
  announce(words.deletions.undone(deletion.skus.size));
  notify("undone", deletion.collection, deletion.skus.size);
}

function close(deletion) {
  clearTimeout(deletion.timer);
  deletions.delete(deletion);
  render();
}

function notify(kind, collection, difference) {
  render();
  changes.dispatchEvent(new CustomEvent("change", { detail: { kind, collection, difference } }));
}

function render() {
  const shown = [...deletions].filter(({ state }) => state !== "sending");
  showNotes("deletions", shown.map((deletion) => (isWaiting(deletion) ? note(deletion) : problem(deletion))));
}

const note = (deletion) => undoNote(words.deletions.deleted([...deletion.skus]), () => undo(deletion), () => send(deletion));

const problem = (deletion) => h("div", { class: "line-between", role: "alert" },
  h("div", {}, h("strong", { class: "bad" }, words.deletions.failed(deletion.failures.length)),
    h("ul", { class: "plain-list" }, deletion.failures.map(([sku, reason]) => h("li", {}, words.selection.failure(sku, reason))))),
  closeButton(() => close(deletion)));

addEventListener("beforeunload", (event) => {
  if (unfinished().reduce((sum, { left }) => sum + left.size, 0) <= MAX_KEPT_ALIVE) return;
  event.preventDefault(); // the browser asks whether to stay
  finishDeletions();
});

/** Hide what the page before this one deleted, which the server may still have. */
function hideSent() {
  for (const [collection, skus] of readStored("sessionStorage", SENT_KEY, [])) {
    const deletion = { collection, skus: new Set(skus), left: new Set(), state: "sending", sent: sleep(ARRIVAL_MS) };
    deletions.add(deletion);
    sleep(SENT_MS).then(() => {
      deletions.delete(deletion);
      notify("unconfirmed", collection, 0);
    });
  }
  store("sessionStorage", SENT_KEY, []);
}

addEventListener("pagehide", () => {
  store("sessionStorage", SENT_KEY, unfinished().map(({ collection, left, skus }) => [collection, [...(left.size ? left : skus)]]));
  for (const { collection, left, headers } of unfinished()) {
    for (const sku of left) request("DELETE", collectionPath(collection, "items", sku), { headers, keepalive: true }).catch(() => {});
  }
  deletions.clear();
});

hideSent();
