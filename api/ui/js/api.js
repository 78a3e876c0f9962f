// The one door to the server: requests of /v1 below whatever prefix this page was served under.

import { askForKey, key } from "./key.js";

const ROOT = new URL("../../", import.meta.url);

/** What the server refused, in its own words. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || `the server answered ${status}`);
    Object.assign(this, { status, code: body.code ?? "", title: body.title ?? "", body });
  }
}

const AWAY = [0, 502, 503, 504];

/** Whether a problem is that the server is not there just now. */
export const away = ({ status }) => AWAY.includes(status);

export function address(path, query = {}) {
  const url = new URL(path, ROOT);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, value);
  }
  return url;
}

export const at = (collection, ...more) =>
  ["v1/collections", collection, ...more].map((one, n) => (n ? encodeURIComponent(one) : one)).join("/");

export const authorization = () => (key() ? { Authorization: `Bearer ${key()}` } : {});

/** The answer of a request, whatever its kind; asks for a key where one is needed. */
export async function answer(method, path, { query, json, form, headers, signal } = {}) {
  const body = json === undefined ? form : JSON.stringify(json);
  const kind = json === undefined ? {} : { "Content-Type": "application/json" };
  for (;;) {
    const sent = key();
    const got = await reach(address(path, query), {
      method, body, signal, headers: { ...kind, ...headers, ...authorization() },
    });
    if (got.ok) return got;
    const problem = await problemOf(got);
    if (got.status !== 401 || !(await askForKey(problem.message, sent))) throw problem;
  }
}

/** The JSON of an answer; undefined where there is none. */
export async function call(method, path, more) {
  const got = await answer(method, path, more);
  return got.status === 204 ? undefined : got.json();
}

export const get = (path, query, signal) => call("GET", path, { query, signal });

/** All pages of a list, one after the other. */
export async function* pages(path, query = {}, signal = undefined) {
  let { cursor } = query;
  do {
    const page = await get(path, { ...query, cursor }, signal);
    yield page.items;
    cursor = page.next_cursor;
  } while (cursor);
}

/** Let the browser keep an answer as a file; a plain link could not send the key. */
export async function download(path, query, name) {
  const blob = await (await answer("GET", path, { query })).blob();
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Whether the server and all its parts are there. */
export const there = () => fetch(address("health/ready")).then(({ ok }) => ok, () => false);

async function reach(url, request) {
  try {
    return await fetch(url, request);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { title: "No answer", detail: "The server does not answer. Is it running, and is the network there?" });
  }
}

async function problemOf(got) {
  const text = await got.text();
  try {
    return new Problem(got.status, JSON.parse(text));
  } catch {
    return new Problem(got.status, { detail: `the server answered ${got.status} ${got.statusText}` });
  }
}
