// How the words of a search were understood.

import { h } from "../dom.js";
import { words } from "../words.js";

/** A list of words and their meanings; null without words. */
export const understoodList = (understood = []) => (understood.length
  ? h("ul", { class: "understood row small", "aria-label": words.understood.label }, understood.map(meaningOf))
  : null);

function meaningOf({ words: sent, kind, meaning, sources, seen_as: seenAs = [] }) {
  if (!sources.length) return h("li", { class: "badge warning" }, words.understood.ignored(sent));
  const basis = seenAs.length ? words.understood.bySimilarImages : words.understood.byImage;
  const note = seenAs.length || !sources.includes("attributes") ? basis : null;
  return h("li", { class: "badge", title: seenAs.length ? words.understood.similarKinds(seenAs) : null },
    words.understood.word(sent, words.understood.kinds[kind](meaning), note));
}
