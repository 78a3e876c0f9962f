// Bar charts that also show their numbers as text, which screen readers read instead of the bars.

import { h } from "../dom.js";

/** One row per `{label, values: [[kind, number], ...], text}`; bars are relative to the longest. */
export function bars(rows, label) {
  const largest = Math.max(...rows.flatMap(({ values }) => values.map(([, value]) => value ?? 0)), Number.MIN_VALUE);
  const bar = ([kind, value]) =>
    h("span", { class: `fill ${kind}`, style: { width: `${(100 * (value ?? 0)) / largest}%` } });
  return h("div", { class: "bars", role: "list", "aria-label": label }, rows.map((row) =>
    h("div", { class: "bar-row", role: "listitem" },
      h("span", { class: "label", title: row.label }, row.label),
      h("span", { class: "track", "aria-hidden": "true" }, row.values.map(bar)),
      h("span", { class: "value" }, row.text))));
}

/** `entries` are pairs of a kind of bar and its text. */
export const legend = (...entries) => h("div", { class: "legend", "aria-hidden": "true" },
  entries.map(([kind, text]) => h("span", {}, h("i", { class: kind }), text)));
