// Which large uploads of this tab are not complete, so that the page can offer to go on with them after a reload.

import { call, get } from "./api.js";
import { readStored, store } from "./stored_json.js";

const KEY = "unfinished-uploads"; // in the session storage: what another tab sends is not unfinished

const read = () => readStored("sessionStorage", KEY);
const write = (records) => store("sessionStorage", KEY, records);

/** Remember an upload by the fingerprint of its large file. */
export const remember = (fingerprint, { collection, label }) => write({ ...read(), [fingerprint]: { collection, label } });

/** Forget an upload that is complete, or that nobody wants any more. */
export function forget(fingerprint) {
  const { [fingerprint]: removed, ...others } = read();
  write(others);
}

/** The remembered uploads of which the server still has a part: `{ fingerprint, collection, label, id, sent, total }`. */
export async function unfinishedUploads() {
  const found = await Promise.all(Object.entries(read()).map(async ([fingerprint, record]) => {
    const { items: [upload] } = await get("v1/uploads", { fingerprint });
    if (upload) return { ...record, fingerprint, id: upload.id, sent: upload.offset, total: upload.size };
    return forget(fingerprint);
  }));
  return found.filter(Boolean);
}

/** Delete what the server has of an upload; it may have expired. */
export async function discardUpload({ fingerprint, id }) {
  await call("DELETE", `v1/uploads/${id}`).catch((problem) => {
    if (problem.status !== 404) throw problem;
  });
  forget(fingerprint);
}
