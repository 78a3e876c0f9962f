// Shows the page named by the URL's hash, so that the app works below any path prefix.

import { isReady } from "./api.js";
import { announce, fill, h, sleep } from "./dom.js";
import { errorPage, loading } from "./parts/states.js";
import { isUnavailable, Problem } from "./problem.js";
import { restoreScroll } from "./scroll.js";
import { words } from "./words.js";

const POLL_MS = 3000; // between checks whether the server is available again
const LOADING_DELAY_MS = 200; // pages that load faster do not flicker
const lastUrls = new Map(); // by the URL without a query
let currentPage = new AbortController();
let routes = [];

/** The URL of a page, from the segments of its route. */
export const pageUrl = (...segments) => `#/${segments.map(encodeURIComponent).join("/")}`;
export const navigate = (...segments) => { location.hash = pageUrl(...segments); };

/** The URL of a page with what `keepInUrl` kept in it when it was last shown. */
export const pageUrlAsLeft = (...segments) => lastUrls.get(pageUrl(...segments)) ?? pageUrl(...segments);

/** What the URL says after the name of the page, such as a filter. */
export const pageQuery = () => new URLSearchParams(location.hash.split("?")[1] ?? "");

/** The JSON value of a text from a URL; undefined if somebody has changed it. */
export function readJson(text) {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Those elements of a list that are lists; an empty one for anything else. */
export const listsIn = (value) => (Array.isArray(value) ? value.filter(Array.isArray) : []);

/** Keep values in the URL of this page, which is not rendered again; empty ones are left out. */
export function keepInUrl(values) {
  const query = pageQuery();
  for (const [name, value] of Object.entries(values)) value ? query.set(name, value) : query.delete(name);
  const [path] = location.hash.split("?");
  const url = [path, String(query)].filter(Boolean).join("?");
  lastUrls.set(path, url);
  history.replaceState(history.state, "", url);
}

/** Start with a list of [pattern, page]; a page is called with the parameters named in its pattern. */
export function startRouter(patterns) {
  routes = patterns.map(([pattern, page]) => [pattern.split("/"), page]);
  addEventListener("hashchange", () => renderPage());
  document.addEventListener("api-key-changed", () => renderPage());
  renderPage({ isFirst: true });
}

/** Render the page of the current URL, or render it again. */
export async function renderPage({ isFirst = false } = {}) {
  currentPage.abort();
  currentPage = new AbortController();
  const { signal } = currentPage;
  const main = document.getElementById("main");
  const timer = setTimeout(() => fill(main, loading()), isFirst ? 0 : LOADING_DELAY_MS);
  const [page, params] = matchRoute();
  markCurrentLink();
  try {
    const content = await page({ ...params, signal });
    if (!signal.aborted) display(main, content, isFirst);
  } catch (error) {
    if (signal.aborted || error.name === "AbortError") return;
    display(main, errorPage(error, () => renderPage()), isFirst);
    if (isUnavailable(error)) renderOnceReady(signal);
    if (!(error instanceof Problem)) console.error(error);
  } finally {
    clearTimeout(timer);
  }
}

async function renderOnceReady(signal) {
  do await sleep(POLL_MS, signal).catch(() => {});
  while (!signal.aborted && !(await isReady()));
  if (!signal.aborted) renderPage();
}

function display(main, content, isFirst) {
  fill(main, content);
  const title = main.querySelector("h1");
  document.title = words.pages.title(title?.textContent);
  main.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  restoreScroll(main);
  if (isFirst) return;
  title?.setAttribute("tabindex", "-1");
  if (!document.activeElement.closest("#undo")) title?.focus({ preventScroll: true }); // "Undo" keeps it
  announce(document.title);
}

function matchRoute() {
  const segments = location.hash.split("?")[0].replace(/^#?\/?/, "").split("/").map(decodeSegment);
  for (const [pattern, page] of routes) {
    const params = matchPattern(pattern, segments);
    if (params) return [page, params];
  }
  return [notFoundPage];
}

const notFoundPage = async () => h("div", { class: "state" },
  h("h1", {}, words.pages.notFound), h("a", { href: "#/" }, words.pages.allCollections));

/** The parameters of a path that matches a pattern, else null. */
function matchPattern(pattern, segments) {
  if (pattern.length !== segments.length) return null;
  const params = {};
  for (const [n, part] of pattern.entries()) {
    if (part.startsWith(":") && segments[n]) params[part.slice(1)] = segments[n];
    else if (part !== segments[n]) return null;
  }
  return params;
}

function decodeSegment(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function markCurrentLink() {
  const currentHref = ["#/jobs", "#/keys"].find((href) => location.hash.startsWith(href)) ?? "#/";
  for (const link of document.querySelectorAll("#nav a[href^='#']")) {
    link.ariaCurrent = link.getAttribute("href") === currentHref ? "page" : null;
  }
}
