// Tables that become cards on a phone, where each cell shows the name of its column.

import { h } from "../dom.js";
import { words } from "../words.js";

/** A table with a label for screen readers; `rows` are made by `row`. */
export function table(label, columns, rows) {
  const heading = (name) => h("th", { scope: "col" }, name || h("span", { class: "visually-hidden" }, words.pages.columnOfActions));
  return h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": label }, h("table", {},
    h("thead", {}, h("tr", {}, columns.map(heading))), h("tbody", {}, rows)));
}

/** `contents` are contents of cells, or cells made by `cell`. */
export const row = (columns, contents) => h("tr", {}, contents.map((content, n) => {
  const node = content?.tagName === "TD" ? content : cell({}, content);
  node.dataset.column = columns[n];
  return node;
}));

export const cell = (props, ...children) => h("td", props, children);
