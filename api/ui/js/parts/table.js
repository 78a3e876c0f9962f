// Tables that a phone shows as cards: each cell knows the name of its column.

import { h } from "../dom.js";

/** A table with a label for those who cannot see it; `rows` are made by `row`. */
export function table(label, columns, rows) {
  return h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": label }, h("table", {},
    h("thead", {}, h("tr", {}, columns.map((name) => h("th", { scope: "col" }, name || h("span", { class: "unseen" }, "Actions"))))),
    h("tbody", {}, rows)));
}

/** `cells` are what is in them, or a cell that `cell` has made. */
export const row = (columns, cells) => h("tr", {}, cells.map((one, n) => {
  const made = one?.tagName === "TD" ? one : cell({}, one);
  made.dataset.column = columns[n];
  return made;
}));

export const cell = (props, ...children) => h("td", props, children);
