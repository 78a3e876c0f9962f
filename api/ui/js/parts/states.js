// Loading, empty and error states of pages, and notes about problems.

import { isUnavailable } from "../api.js";
import { h } from "../dom.js";

export const loading = () => h("div", { class: "loading", role: "status" }, h("span", { class: "visually-hidden" }, "Loading …"));

export function emptyState(title, text, ...actions) {
  return h("div", { class: "state" },
    h("h2", {}, title), h("p", {}, text), actions.length ? h("div", { class: "row" }, actions) : null);
}

/** Shown in place of a page that could not be loaded. */
export function errorPage(error, retry) {
  return h("div", { class: "state", role: "alert" },
    h("h1", {}, error.title || "Something went wrong"),
    h("p", {}, sentence(error.message)),
    isUnavailable(error) ? h("p", {}, "This page reloads as soon as the server is back.") : null,
    h("div", { class: "row" },
      error.status === 404 ? h("a", { class: "button", href: "#/" }, "All collections") : null,
      h("button", { onclick: retry }, "Retry")));
}

/** A note about one failed action on a page. */
export function problemNote(error) {
  return h("div", { class: "problem", role: "alert" },
    h("strong", {}, error.title || "Something went wrong"), h("p", {}, sentence(error.message)));
}

/** The text with a capital letter and a full stop. */
export function sentence(text) {
  const words = String(text ?? "");
  return words ? words[0].toUpperCase() + words.slice(1) + (/[.!?]$/.test(words) ? "" : ".") : "";
}
