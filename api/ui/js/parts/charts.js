// Bars with their numbers: read by eye and by screen reader alike.

import { h } from "../dom.js";

/** One row for each `{label, values: [[kind, number], ...], text}`; bars are drawn to the longest. */
export function bars(rows, label) {
  const top = Math.max(...rows.flatMap((row) => row.values.map(([, value]) => value ?? 0)), Number.MIN_VALUE);
  return h("div", { class: "bars", role: "list", "aria-label": label }, rows.map((row) =>
    h("div", { class: "one", role: "listitem" },
      h("span", { class: "label", title: row.label }, row.label),
      h("span", { class: "track", "aria-hidden": "true" }, row.values.map(([kind, value]) =>
        h("span", { class: `fill ${kind}`, style: { width: `${(100 * (value ?? 0)) / top}%` } }))),
      h("span", { class: "value" }, row.text))));
}

export const legend = (...pairs) => h("div", { class: "legend", "aria-hidden": "true" }, pairs.map(([kind, text]) => h("span", {}, h("i", { class: kind }), text)));
