// Elements of most pages: headers, panels, form fields and lists of facts.

import { h } from "../dom.js";
import { words } from "../words.js";

export const pageHeader = (title, subtitle, action = null, titleClass = null) => h("div", { class: "page-header" },
  h("div", {}, h("h1", { class: titleClass }, title), h("p", {}, subtitle)), action);

export const backLink = (href, text) => h("p", { class: "back-link" }, h("a", { href }, words.pages.back(text)));

export const panel = (title, ...body) => h("section", { class: "panel stack" }, h("h2", {}, title), body);

/** An input with its label and an optional hint. */
export const field = (id, label, input, hint = null) => h("div", {}, h("label", { for: id }, label), input,
  hint ? h("p", { class: "hint", id: `${id}-hint` }, hint) : null);

/** The options of a drop-down; `entries` are pairs of a value and its text. */
export const options = (entries, current) => entries.map(([value, text]) => h("option", { value, selected: value === current }, text));

/** `entries` are pairs of a name and its value. */
export const factList = (entries, className = "facts small") => h("dl", { class: className },
  entries.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
