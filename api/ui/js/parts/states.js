// Loading, empty, failed and not allowed: what a page shows when it has nothing else to show.

import { away } from "../api.js";
import { h } from "../dom.js";

export const loading = () => h("div", { class: "loading", role: "status" }, h("span", { class: "unseen" }, "Loading …"));

export function empty(title, words, ...actions) {
  return h("div", { class: "state" }, h("h2", {}, title), h("p", {}, words), actions.length ? h("div", { class: "row" }, actions) : null);
}

const TITLES = {
  0: "The server does not answer",
  401: "A key is needed",
  403: "This key does not allow it",
  404: "It is not there",
  503: "Not just now",
};

/** A whole page that could not be shown. */
export function failed(error, again) {
  return h("div", { class: "state", role: "alert" },
    h("h1", {}, TITLES[error.status] ?? error.title ?? "Something went wrong"),
    h("p", {}, sentence(error.message)),
    away(error) ? h("p", {}, "This page goes on by itself as soon as it is back.") : null,
    h("div", { class: "row" },
      error.status === 404 ? h("a", { class: "button", href: "#/" }, "All collections") : null,
      h("button", { onclick: again }, "Try again")));
}

/** What went wrong with one thing on a page that is else all right. */
export function problem(error) {
  return h("div", { class: "problem", role: "alert" }, h("strong", {}, error.title || "It did not work"), h("p", {}, sentence(error.message)));
}

export function sentence(text) {
  const words = String(text ?? "");
  return words ? words[0].toUpperCase() + words.slice(1) + (/[.!?]$/.test(words) ? "" : ".") : "";
}
