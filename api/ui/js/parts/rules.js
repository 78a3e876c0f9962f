// A panel that lists and edits the merchandising rules of a collection.

import { call, collectionPath, get } from "../api.js";
import { announce, fill, h } from "../dom.js";
import { words } from "../words.js";
import { confirmAction } from "./dialogs.js";
import { panel } from "./layout.js";
import { openRuleForm } from "./rule_form.js";
import { sentence } from "./states.js";
import { cell, row, table } from "./table.js";

/** The panel; `types` are the types of the attributes. */
export async function rulesPanel(collection, types, signal) {
  const path = collectionPath(collection, "rules");
  const content = h("div", { class: "stack" });
  const warnings = h("div", {});
  const show = (current) => fill(content, warnings, list(current, edit), h("div", {},
    h("button", { onclick: () => edit.add(current) }, words.rules.addTitle)));
  const save = async (current, rules) => {
    const headers = { "If-Match": `"${current.version}"` }; // refused if somebody else has changed the rules meanwhile
    const saved = await call("PUT", path, { json: { rules }, headers }).catch(async (error) => {
      if (error.status === 409) show(await get(path));
      throw error;
    });
    announce(words.pages.saved);
    fill(warnings, saved.warnings?.map((text) => h("p", { class: "note" }, sentence(text))));
    show(saved);
  };
  const edit = {
    add: (current) => openRuleForm({
      title: words.rules.addTitle, collection, types, index: current.rules.length, onSubmit: (rule) => save(current, [...current.rules, rule]),
    }),
    change: (current, index) => openRuleForm({
      title: words.rules.editTitle, collection, types, index, rule: current.rules[index], onSubmit: (rule) => save(current, current.rules.with(index, rule)),
    }),
    remove: (current, index) => confirmAction({
      title: words.rules.deletionTitle(current.rules[index].id), action: words.actions.delete, isDangerous: true,
      message: words.rules.deletion,
      onSubmit: () => save(current, current.rules.toSpliced(index, 1)),
    }),
  };
  show(await get(path, {}, signal));
  const section = panel(words.rules.title, h("p", { class: "muted" }, words.rules.hint), content);
  section.classList.add("wide");
  return section;
}

function list(current, edit) {
  if (!current.rules.length) return h("p", { class: "muted" }, words.rules.none);
  return table(words.rules.title, words.rules.columns, current.rules.map((rule, index) => row(words.rules.columns, [
    h("div", {}, rule.id, rule.note ? h("p", { class: "muted small" }, rule.note) : null),
    words.rules.effects[rule.action](rule), itemsText(rule),
    rule.placement.map((placement) => words.rules.placements[placement].toLowerCase()).join(", "), period(rule),
    cell({ class: "right nowrap" },
      h("button", { class: "plain", "aria-label": words.rules.edit(rule.id), onclick: () => edit.change(current, index) }, words.actions.edit),
      h("button", { class: "plain danger", "aria-label": words.rules.delete(rule.id), onclick: () => edit.remove(current, index) }, words.actions.delete)),
  ])));
}

const itemsText = ({ skus, filter }) => (skus ? skus.join(", ") : h("code", { class: "small" }, JSON.stringify(filter)));

function period({ from, until }) {
  const state = until && new Date(until) <= Date.now() ? words.rules.isOver : from && new Date(from) > Date.now() ? words.rules.notYet : null;
  const text = [from && words.rules.from(from), until && words.rules.until(until)].filter(Boolean).join(" ");
  return h("div", {}, text || words.rules.always, state ? [" ", h("span", { class: "badge" }, state)] : null);
}
