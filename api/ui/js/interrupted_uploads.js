// Large uploads that a reload of the page has interrupted: the page offers to go on with them, in one tab only.

import { discardUpload, forget, remember, unfinishedUploads } from "./unfinished_uploads.js";
import { add, dismiss, isOpen, update, uploads } from "./upload_list.js";

const tabs = openChannel(); // a duplicated tab remembers what the first is still sending

/** Remember a large upload until it is complete; a view is not, since its file alone would become an item of its own. */
export function offerAfterReload(upload) {
  const { fingerprint, source } = upload;
  if (!fingerprint || !source) return;
  remember(fingerprint, upload);
  dismissInterrupted(fingerprint);
  tabs.postMessage({ fingerprint, isOpen: true });
}

/** Show the large uploads that a reload of the page has interrupted. */
export async function showInterrupted() {
  for (const upload of await unfinishedUploads()) {
    add({ ...upload, state: "interrupted" });
    tabs.postMessage({ fingerprint: upload.fingerprint, isOpen: false });
  }
}

/** Give up an interrupted upload. */
export async function discard(upload) {
  try {
    await discardUpload(upload);
    dismiss(upload);
  } catch (problem) {
    update(upload, { problem });
  }
}

/** Offer an upload no longer that goes on, here or in another tab. */
const dismissInterrupted = (fingerprint) =>
  uploads.filter((upload) => upload.state === "interrupted" && upload.fingerprint === fingerprint).forEach(dismiss);

/** A channel to the other tabs; browsers that block cookies may refuse it. */
function openChannel() {
  try {
    return new BroadcastChannel("uploads");
  } catch {
    return { postMessage() {} };
  }
}

tabs.onmessage = ({ data: { fingerprint, isOpen: isOpenElsewhere } }) => {
  const isOpenHere = uploads.some((upload) => isOpen(upload) && upload.fingerprint === fingerprint);
  if (isOpenHere && !isOpenElsewhere) tabs.postMessage({ fingerprint, isOpen: true });
  if (isOpenHere || !isOpenElsewhere) return;
  forget(fingerprint);
  dismissInterrupted(fingerprint);
};
