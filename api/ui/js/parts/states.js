// Loading, empty and error states of pages, and notes about problems.

import { fill, h } from "../dom.js";
import { isUnavailable } from "../problem.js";
import { words } from "../words.js";

export const loading = () => h("div", { class: "loading", role: "status" }, h("span", { class: "visually-hidden" }, words.pages.loading));

export const emptyState = (title, text, ...actions) => h("div", { class: "state" },
  h("h2", {}, title), h("p", {}, text), actions.length ? h("div", { class: "row" }, actions) : null);

const problemTitle = (error) => error.title || words.problems.unnamed;

/** The page shown in place of a page that could not be loaded. */
export const errorPage = (error, retry) => h("div", { class: "state", role: "alert" },
  h("h1", {}, problemTitle(error)),
  h("p", {}, sentence(error.message)),
  isUnavailable(error) ? h("p", {}, words.pages.reloadsOnceBack) : null,
  h("div", { class: "row" },
    error.status === 404 ? h("a", { class: "button", href: "#/" }, words.pages.allCollections) : null,
    h("button", { onclick: retry }, words.actions.retry)));

/** A note about one failed action on a page. */
export const problemNote = (error) => h("div", { class: "problem", role: "alert" },
  h("strong", {}, problemTitle(error)), h("p", {}, sentence(error.message)));

/** Run an action; if it fails while the page is still open, fill the node with a note. */
export async function showProblem(node, action, signal = undefined) {
  try {
    await action();
  } catch (error) {
    if (!signal?.aborted) fill(node, problemNote(error));
  }
}

/** The text with a capital letter, unless it begins with the name of a file, and a full stop. */
export function sentence(text) {
  const content = String(text ?? "");
  const isFileName = /^\S+\.\w/.test(content);
  return content ? (isFileName ? content[0] : content[0].toUpperCase()) + content.slice(1) + (/[.!?…]$/.test(content) ? "" : ".") : "";
}
