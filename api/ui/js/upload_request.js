// Uploads a form with progress reports, and retries while the server is unavailable.

import { apiUrl, authorization } from "./api.js";
import { apiKey, requestApiKey } from "./api_key.js";
import { sleep } from "./dom.js";
import { isUnavailable, Problem } from "./problem.js";

const MAX_ATTEMPTS = 4;
const IDLE_TIMEOUT_MS = 30_000; // a connection without progress for this long counts as lost
const RESPONSE_TIMEOUT_MS = 120_000; // after the last byte, the server may need time to store the upload
const RETRYABLE_STATUSES = [429, 507]; // too many requests, no disk space
const INTERRUPTED = new Problem(0, { title: "Upload failed", detail: "the connection was lost during the upload" });

/** Whether the same upload may succeed at a later time. */
export const canRetryLater = (problem) => isUnavailable(problem) || RETRYABLE_STATUSES.includes(problem.status);

/**
 * Upload a form and return the JSON of the response; all attempts share an idempotency key.
 * `onProgress` is called with the bytes sent, and with the problem of each failed attempt.
 */
export async function sendUpload({ path, query, form, idempotencyKey }, onProgress) {
  for (let attempt = 1; ; attempt += 1) {
    const usedKey = apiKey();
    try {
      return await post(apiUrl(path, query), form, idempotencyKey, onProgress);
    } catch (problem) {
      if (problem.status === 401 && (await requestApiKey(usedKey))) continue;
      if (!isUnavailable(problem) || attempt === MAX_ATTEMPTS) throw problem;
      onProgress({ problem, sent: 0 });
      await sleep(1000 * 2 ** attempt);
    }
  }
}

function post(url, form, idempotencyKey, onProgress) {
  const request = new XMLHttpRequest(); // fetch does not report upload progress
  request.open("POST", url);
  request.setRequestHeader("Idempotency-Key", idempotencyKey);
  for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
  return new Promise((resolve, reject) => {
    let timer;
    const abortAfter = (ms) => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), ms);
    };
    request.upload.onprogress = ({ loaded, total }) => {
      abortAfter(IDLE_TIMEOUT_MS);
      onProgress({ sent: loaded, total, problem: null });
    };
    request.upload.onload = () => abortAfter(RESPONSE_TIMEOUT_MS);
    request.onload = ({ target: { status, responseText } }) =>
      (status < 300 ? resolve(JSON.parse(responseText)) : reject(Problem.parse(status, responseText)));
    request.onerror = request.onabort = () => reject(INTERRUPTED);
    request.onloadend = () => clearTimeout(timer);
    abortAfter(IDLE_TIMEOUT_MS);
    request.send(form);
  });
}
