// Sends the body of a request with progress reports.

import { authorization } from "./api.js";
import { apiKey, requestApiKey } from "./api_key.js";
import { Problem } from "./problem.js";
import { words } from "./words.js";

const IDLE_TIMEOUT_MS = 30_000; // a connection without progress for this long counts as lost
const RESPONSE_TIMEOUT_MS = 120_000; // after the last byte, the server may need time to store the upload
const INTERRUPTED = new Problem(0, words.activity.interrupted);

/** Send a body and return the JSON of the response; prompts for an API key if one is required. */
export async function transfer(method, url, body, headers, onProgress) {
  for (;;) {
    const usedKey = apiKey();
    try {
      return await attempt(method, url, body, { ...headers, ...authorization() }, onProgress);
    } catch (problem) {
      if (problem.status !== 401 || !(await requestApiKey(usedKey))) throw problem;
    }
  }
}

function attempt(method, url, body, headers, onProgress) {
  const request = new XMLHttpRequest(); // fetch does not report upload progress
  request.open(method, url);
  for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
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
      (status < 300 ? resolve(JSON.parse(responseText || "null")) : reject(Problem.parse(status, responseText)));
    request.onerror = request.onabort = () => reject(INTERRUPTED);
    request.onloadend = () => clearTimeout(timer);
    abortAfter(IDLE_TIMEOUT_MS);
    request.send(body);
  });
}
