// Which page is shown follows from the part of the address behind #, so any prefix before it will do.

import { away, Problem, there } from "./api.js";
import { fill, h, pause, say } from "./dom.js";
import { failed, loading } from "./parts/states.js";

const LOOK_MS = 3000; // how often it is looked whether the server is back
let leaving = new AbortController();
let routes = [];

export const to = (...steps) => `#/${steps.map(encodeURIComponent).join("/")}`;
export const go = (...steps) => { location.hash = to(...steps); };

/** Routes are rows of [pattern, page]; a page is called with what its pattern names. */
export function start(rows) {
  routes = rows.map(([pattern, page]) => [pattern.split("/"), page]);
  addEventListener("hashchange", () => show());
  document.addEventListener("key", () => show());
  show({ first: true });
}

/** Show the page of the address, anew. */
export async function show({ first = false } = {}) {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const main = document.getElementById("main");
  const wait = setTimeout(() => fill(main, loading()), first ? 0 : 200);
  const [page, params, query] = found();
  mark();
  try {
    const shown = await page({ ...params, query, signal });
    if (!signal.aborted) arrive(main, shown, first);
  } catch (error) {
    if (signal.aborted || error.name === "AbortError") return;
    arrive(main, failed(error, () => show()), first);
    if (away(error)) showOnceBack(signal);
    if (!(error instanceof Problem)) console.error(error);
  } finally {
    clearTimeout(wait);
  }
}

async function showOnceBack(signal) {
  do await pause(LOOK_MS, signal).catch(() => {});
  while (!signal.aborted && !(await there()));
  if (!signal.aborted) show();
}

function arrive(main, shown, first) {
  fill(main, shown);
  const title = main.querySelector("h1");
  document.title = title ? `${title.textContent} · Lookalike` : "Lookalike";
  main.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  if (first) return;
  scrollTo(0, 0);
  title?.setAttribute("tabindex", "-1");
  title?.focus({ preventScroll: true });
  say(document.title);
}

function found() {
  const [path, query = ""] = location.hash.replace(/^#?\/?/, "").split("?");
  const steps = path.split("/").map(plain);
  for (const [pattern, page] of routes) {
    const params = fits(pattern, steps);
    if (params) return [page, params, new URLSearchParams(query)];
  }
  return [async () => h("div", { class: "state" }, h("h1", {}, "There is no such page"), h("a", { href: "#/" }, "All collections")), {}, new URLSearchParams()];
}

function fits(pattern, steps) {
  if (pattern.length !== steps.length) return null;
  const params = {};
  for (const [n, part] of pattern.entries()) {
    if (part.startsWith(":") && steps[n]) params[part.slice(1)] = steps[n];
    else if (part !== steps[n]) return null;
  }
  return params;
}

function plain(step) {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

function mark() {
  const here = location.hash.startsWith("#/jobs") ? "#/jobs" : "#/";
  for (const link of document.querySelectorAll("#nav a[href^='#']")) {
    if (link.getAttribute("href") === here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}
