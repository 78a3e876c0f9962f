// HTTP client of the server's API, below whatever prefix this page was served under.

import { apiKey, requestApiKey } from "./api_key.js";

const ROOT = new URL("../../", import.meta.url);

/** An error response of the server, with the server's explanation as message. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || `the server returned status ${status}`);
    Object.assign(this, { status, code: body.code ?? "", title: body.title ?? "", body });
  }
}

const UNAVAILABLE_STATUSES = [0, 502, 503, 504]; // 0: no response at all

/** Whether a problem means that the server is currently unavailable. */
export const isUnavailable = ({ status }) => UNAVAILABLE_STATUSES.includes(status);

export function apiUrl(path, query = {}) {
  const url = new URL(path, ROOT);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, value);
  }
  return url;
}

/** The API path of a collection, or of something below it. */
export const collectionPath = (...segments) => ["v1/collections", ...segments.map(encodeURIComponent)].join("/");

export const authorization = () => (apiKey() ? { Authorization: `Bearer ${apiKey()}` } : {});

/** Send a request and return its successful response; prompts for an API key if one is required. */
export async function request(method, path, { query, json, form, headers, signal } = {}) {
  const body = json === undefined ? form : JSON.stringify(json);
  const contentType = json === undefined ? {} : { "Content-Type": "application/json" };
  for (;;) {
    const usedKey = apiKey();
    const response = await fetchOrProblem(apiUrl(path, query), {
      method, body, signal, headers: { ...contentType, ...headers, ...authorization() },
    });
    if (response.ok) return response;
    const problem = await problemOf(response);
    if (response.status !== 401 || !(await requestApiKey(usedKey))) throw problem;
  }
}

/** Send a request and return the JSON of its response; undefined if it has no content. */
export async function call(method, path, options) {
  const response = await request(method, path, options);
  return response.status === 204 ? undefined : response.json();
}

export const get = (path, query, signal) => call("GET", path, { query, signal });

/** Yield the items of each page of a list. */
export async function* pages(path, query = {}, signal = undefined) {
  let { cursor } = query;
  do {
    const page = await get(path, { ...query, cursor }, signal);
    yield page.items;
    cursor = page.next_cursor;
  } while (cursor);
}

/** Save a response as a file; a plain link could not send the API key. */
export async function download(path, query, name) {
  const blob = await (await request("GET", path, { query })).blob();
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Whether the server and all services behind it are available. */
export const isReady = () => fetch(apiUrl("health/ready")).then(({ ok }) => ok, () => false);

async function fetchOrProblem(url, options) {
  try {
    return await fetch(url, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, {
      title: "No response",
      detail: "The server does not respond. Check that it is running and that you are online.",
    });
  }
}

async function problemOf(response) {
  const text = await response.text();
  try {
    return new Problem(response.status, JSON.parse(text));
  } catch {
    return new Problem(response.status, { detail: `the server returned ${response.status} ${response.statusText}` });
  }
}
