// Uploads a form with progress reports, and retries while the server is unavailable.

import { apiUrl } from "./api.js";
import { sleep } from "./dom.js";
import { isUnavailable } from "./problem.js";
import { fingerprintOfFile, isLarge, sendLargeFile } from "./resumable_upload.js";
import { transfer } from "./transfer.js";

const MAX_ATTEMPTS = 4;
const RETRYABLE_STATUSES = [429, 507]; // too many requests, no disk space

/** Whether the same upload may succeed at a later time, for instance once there are fewer unfinished uploads (409). */
export const canRetryLater = (problem, { stored }) =>
  isUnavailable(problem) || RETRYABLE_STATUSES.includes(problem.status) || (problem.status === 409 && !stored);

/** What the server recognises an upload with a large file by; null if it has none. */
export function fingerprintOf({ path, fields }) {
  const large = largestFile(fields);
  return large ? fingerprintOfFile(path, large) : null;
}

const largestFile = (fields) => fields.filter(isLarge).sort(([, one], [, other]) => other.size - one.size)[0];

/**
 * Upload the form fields `[name, value, filename]` and return the JSON of the response; all attempts share an
 * idempotency key. The largest file is sent first, in parts, if it is large. `onProgress` is called with the
 * bytes sent, with the problem of each failed attempt, and with the `stored` id of the large file.
 */
export async function sendUpload({ path, query, fields, fingerprint, idempotencyKey, stored }, onProgress) {
  const large = largestFile(fields);
  const id = large && (stored ?? await sendLargeFile(fingerprint, large, onProgress));
  if (id) onProgress({ stored: id });
  const form = new FormData();
  if (id) form.append("upload", id);
  fields.filter((field) => field !== large).forEach((field) => form.append(...field));
  for (let attempt = 1; ; attempt += 1) {
    try {
      const onBytes = large ? () => {} : onProgress;
      return await transfer("POST", apiUrl(path, query), form, { "Idempotency-Key": idempotencyKey }, onBytes);
    } catch (problem) {
      if (problem.status === 404) onProgress({ stored: null }); // it has expired
      if (!isUnavailable(problem) || attempt === MAX_ATTEMPTS) throw problem;
      onProgress({ problem, sent: 0 });
      await sleep(1000 * 2 ** attempt);
    }
  }
}
