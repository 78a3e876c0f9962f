// Sends a large file in parts; after a lost connection or a reload of the page, it goes on where it stopped.

import { apiUrl, call, get } from "./api.js";
import { sleep } from "./dom.js";
import { md5 } from "./md5.js";
import { isUnavailable } from "./problem.js";
import { transfer } from "./transfer.js";

const LARGE_BYTES = 32 * 2 ** 20; // smaller files are sent in one request
const REQUEST_BYTES = 16 * 2 ** 20; // sent per request, because a proxy may hold back a request until it is complete
const MAX_FAILURES = 10; // in a row
const MAX_DELAY_MS = 30_000;
const PASSING_STATUSES = [408, 409, 429]; // 409: an earlier request, whose connection broke, has stored more meanwhile

/** Whether a form field `[name, value, filename]` is a file to send in parts; the server would take a manifest for a picture. */
export const isLarge = ([field, value]) => field !== "manifest" && value?.size > LARGE_BYTES;

/** Send the file of a form field, of which the server may have a part, and return the id under which it has it all. */
export async function sendLargeFile(fingerprint, [, file, name], onProgress) {
  for (let failures = 0; ; failures += 1) {
    let upload = null;
    try {
      upload = await find(fingerprint, file) ?? await announce(fingerprint, name, file);
      for (let { offset } = upload; offset < file.size; failures = 0) {
        offset = await sendPart(upload.id, file, offset, onProgress);
      }
      return upload.id;
    } catch (problem) {
      const mayPass = isUnavailable(problem) || (upload && PASSING_STATUSES.includes(problem.status));
      if (!mayPass || failures >= MAX_FAILURES) throw problem;
      onProgress({ problem });
      await Promise.race([sleep(Math.min(MAX_DELAY_MS, 1000 * 2 ** failures)), untilOnline()]);
    }
  }
}

/**
 * What the server recognises the upload by. It contains the destination, since the same file may be sent to several
 * collections at once. An archive that the page packs has the names and times of its files.
 */
export function fingerprintOfFile(destination, [, file, name]) {
  const rows = (file.entries ?? [[name, file]]).map(([path, { size, lastModified }]) => `${path} ${size} ${lastModified}\n`);
  return md5(`${destination}\n${rows.join("")}`);
}

async function find(fingerprint, file) {
  const { items } = await get("v1/uploads", { fingerprint });
  return items.find(({ size }) => size === file.size);
}

function announce(fingerprint, name, file) {
  const metadata = Object.entries({ filename: name, fingerprint }).map(([key, text]) => `${key} ${base64(text)}`);
  return call("POST", "v1/uploads", { headers: { "Upload-Length": `${file.size}`, "Upload-Metadata": metadata.join(",") } });
}

const base64 = (text) => btoa(String.fromCodePoint(...new TextEncoder().encode(text)));

async function sendPart(id, file, offset, onProgress) {
  const end = Math.min(offset + REQUEST_BYTES, file.size);
  const headers = { "Tus-Resumable": "1.0.0", "Upload-Offset": `${offset}`, "Content-Type": "application/offset+octet-stream" };
  await transfer("PATCH", apiUrl(`v1/uploads/${id}`), file.slice(offset, end), headers,
    ({ sent }) => onProgress({ sent: offset + sent, total: file.size, problem: null }));
  return end;
}

const untilOnline = () => new Promise((resolve) => { addEventListener("online", resolve, { once: true }); });
