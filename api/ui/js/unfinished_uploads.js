// Which large uploads of this tab are not complete, so that the page can offer to go on with them after a reload.

import { call, get } from "./api.js";
import { readStored, store } from "./stored_json.js";

const KEY = "unfinished-uploads"; // in the session storage: what another tab sends is not unfinished

const read = () => readStored("sessionStorage", KEY);
const write = (records) => store("sessionStorage", KEY, records);

/**
 * Remember an upload by the fingerprint of its large file; `source` says from where it was chosen (see `upload_list.js`), and
 * `stored` that the server has all of it.
 */
export const remember = (fingerprint, { collection, label, source, stored }) =>
  write({ ...read(), [fingerprint]: { collection, label, source, stored } });

/** Forget an upload that is complete, or that nobody wants any more. */
export function forget(fingerprint) {
  const { [fingerprint]: removed, ...others } = read();
  write(others);
}

/**
 * The remembered uploads that are not imported: `{ fingerprint, collection, label, source, id, sent, total }`, without the
 * last three if the server has no part of it.
 */
export async function unfinishedUploads() {
  const found = await Promise.all(Object.entries(read()).map(async ([fingerprint, record]) => {
    const { items: [upload] } = await get("v1/uploads", { fingerprint });
    if (upload) return { ...record, fingerprint, id: upload.id, sent: upload.offset, total: upload.size };
    return record.stored ? forget(fingerprint) : { ...record, fingerprint }; // an import has used what was stored
  }));
  return found.filter(Boolean);
}

/** Delete what the server has of an upload; it may have expired. */
export async function discardUpload({ fingerprint, id }) {
  if (id) {
    await call("DELETE", `v1/uploads/${id}`).catch((problem) => {
      if (problem.status !== 404) throw problem;
    });
  }
  forget(fingerprint);
}
