// HTTP client of the server's API, with the path prefix of this page.

import { apiKey, requestApiKey } from "./api_key.js";
import { Problem } from "./problem.js";
import { words } from "./words.js";

const ROOT = new URL("./", document.baseURI);

/** The URL of an API path, or of a URL; a name that browsers would resolve, like `..`, is a problem. */
export function apiUrl(path, query = {}) {
  const url = new URL(path, ROOT);
  if (url.href !== path && url.pathname !== ROOT.pathname + path) {
    throw new Problem(422, words.problems.invalidName(path));
  }
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, value);
  }
  return url;
}

/** The API path of a collection, or of something below it. */
export const collectionPath = (...segments) => ["v1/collections", ...segments.map(encodeURIComponent)].join("/");

export const authorization = () => (apiKey() ? { Authorization: `Bearer ${apiKey()}` } : {});

/** Send a request and return its successful response; prompts for an API key if one is required. */
export async function request(method, path, { query, json, form, headers, signal, keepalive } = {}) {
  const body = json === undefined ? form : JSON.stringify(json);
  const contentType = json === undefined ? {} : { "Content-Type": "application/json" };
  for (;;) {
    const usedKey = apiKey();
    const response = await fetch(apiUrl(path, query), {
      method, body, signal, keepalive, headers: { ...contentType, ...headers, ...authorization() },
    }).catch((error) => { throw error.name === "AbortError" ? error : new Problem(0, words.problems.noResponse); });
    if (response.ok) return response;
    const { status, statusText } = response;
    const problem = Problem.parse(status, await response.text(), words.problems.status(status, statusText));
    if (status !== 401 || !(await requestApiKey(usedKey))) throw problem;
  }
}

/** Send a request and return the JSON of its response; undefined if it has no content. */
export async function call(method, path, options) {
  const response = await request(method, path, options);
  return response.status === 204 ? undefined : response.json();
}

/** Delete what a path names, by a job of the expected kind and collection, or without a job; return the job. */
export async function remove(path, expected) {
  const job = await call("DELETE", path);
  if (job?.kind === expected?.kind && job?.collection === expected?.collection) return job;
  throw new Problem(500, words.problems.deletedSomethingElse(job));
}

export const get = (path, query, signal) => call("GET", path, { query, signal });

/** Save a response as a file; a plain link could not send the API key. */
export async function download(path, query, name) {
  const blob = await (await request("GET", path, { query })).blob();
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Whether the server and all services behind it are available. */
export const isReady = () => fetch(apiUrl("health/ready")).then(({ ok }) => ok, () => false);
