// How the words of a search were understood.

import { h } from "../dom.js";

const KINDS = { colour: "colour", class: "kind", attribute: "in the attributes" };

/** A list of words and their meanings; null without words. */
export const understoodList = (understood = []) => (understood.length
  ? h("ul", { class: "understood row small", "aria-label": "How the words were understood" }, understood.map(words))
  : null);

function words({ words: sent, kind, meaning, sources, seen_as: seenAs = [] }) {
  if (!sources.length) return h("li", { class: "badge warning" }, `${sent}: ignored, no item has this word`);
  const explanation = kind === "attribute" ? KINDS[kind] : [KINDS[kind], meaning].join(" ");
  const picture = seenAs.length ? `approximated by pictures of ${seenAs.join(", ")}` : "by picture";
  const note = seenAs.length || !sources.includes("attributes") ? ` (${picture})` : "";
  return h("li", { class: seenAs.length ? "badge warning" : "badge" }, `${sent}: ${explanation}${note}`);
}
