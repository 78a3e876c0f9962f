// A panel that lists and edits the merchandising rules of a collection.

import { call, collectionPath, get } from "../api.js";
import { announce, fill, h } from "../dom.js";
import { formatDateTime } from "../format.js";
import { confirmAction } from "./dialogs.js";
import { panel } from "./layout.js";
import { openRuleForm, PLACEMENTS } from "./rule_form.js";
import { sentence } from "./states.js";
import { cell, row, table } from "./table.js";

const COLUMNS = ["Rule", "Effect", "Items", "Where", "When", ""];
const EFFECTS = {
  pin: ({ position }) => `pin at position ${position}`, boost: ({ factor }) => `boost, factor ${factor ?? 2}`,
  bury: ({ factor }) => `bury, factor ${factor ?? 2}`, exclude: () => "exclude",
};

/** The panel; `types` are the types of the attributes. */
export async function rulesPanel(collection, types, signal) {
  const path = collectionPath(collection, "rules");
  const content = h("div", { class: "stack" });
  const warnings = h("div", {});
  const show = (current) => fill(content, warnings, list(current, edit), h("div", {},
    h("button", { onclick: () => edit.add(current) }, "Add rule")));
  const save = async (current, rules) => {
    const headers = { "If-Match": `"${current.version}"` }; // refused if somebody else has changed the rules meanwhile
    const saved = await call("PUT", path, { json: { rules }, headers }).catch(async (error) => {
      if (error.status === 409) show(await get(path));
      throw error;
    });
    announce("Saved");
    fill(warnings, saved.warnings?.map((text) => h("p", { class: "note" }, sentence(text))));
    show(saved);
  };
  const edit = {
    add: (current) => openRuleForm({
      title: "Add rule", types, index: current.rules.length, onSubmit: (rule) => save(current, [...current.rules, rule]),
    }),
    change: (current, index) => openRuleForm({
      title: "Edit rule", types, index, rule: current.rules[index], onSubmit: (rule) => save(current, current.rules.with(index, rule)),
    }),
    remove: (current, index) => confirmAction({
      title: `Delete the rule ${current.rules[index].id}?`, action: "Delete", isDangerous: true,
      message: "It no longer applies from the next request on. Earlier versions of the rules are kept.",
      onSubmit: () => save(current, current.rules.toSpliced(index, 1)),
    }),
  };
  show(await get(path, {}, signal));
  const section = panel("Merchandising rules", h("p", { class: "muted" },
    "Rules overrule the algorithms: they pin, boost, bury or exclude items. They apply at once."), content);
  section.classList.add("wide");
  return section;
}

function list(current, edit) {
  if (!current.rules.length) return h("p", { class: "muted" }, "There are no rules.");
  return table("Merchandising rules", COLUMNS, current.rules.map((rule, index) => row(COLUMNS, [
    h("div", {}, rule.id, rule.note ? h("p", { class: "muted small" }, rule.note) : null),
    EFFECTS[rule.action](rule), itemsText(rule),
    rule.placement.map((placement) => PLACEMENTS[placement].toLowerCase()).join(", "), period(rule),
    cell({ class: "right nowrap" },
      h("button", { class: "plain", "aria-label": `Edit ${rule.id}`, onclick: () => edit.change(current, index) }, "Edit"),
      h("button", { class: "plain danger", "aria-label": `Delete ${rule.id}`, onclick: () => edit.remove(current, index) }, "Delete")),
  ])));
}

const itemsText = ({ skus, filter }) => (skus ? skus.join(", ") : h("code", { class: "small" }, JSON.stringify(filter)));

function period({ from, until }) {
  const state = until && new Date(until) <= Date.now() ? "over" : from && new Date(from) > Date.now() ? "not yet" : null;
  const text = [from && `from ${formatDateTime(from)}`, until && `until ${formatDateTime(until)}`].filter(Boolean).join(" ");
  return h("div", {}, text || "always", state ? [" ", h("span", { class: "badge" }, state)] : null);
}
