// The form of a merchandising rule.

import { h } from "../dom.js";
import { Problem } from "../problem.js";
import { words } from "../words.js";
import { openFormDialog } from "./dialogs.js";
import { conditionsOf, conditionsProblem, filterEditor, readConditions, valueFilterOf } from "./filter.js";
import { itemPicker, skusIn } from "./item_picker.js";
import { field, options } from "./layout.js";
import { ruleProblems } from "./rule_problems.js";

const NEW_RULE = { id: "", placement: ["lists"], action: "boost", filter: {} };

/** Open the form of a rule, or of a new one; `index` is its position among all rules, `onSubmit` gets the new rule. */
export function openRuleForm({ title, collection, types, index, rule = NEW_RULE, onSubmit }) {
  const conditions = rule.filter ? conditionsOf(rule.filter) : [];
  const selection = rule.skus ? "skus" : conditions ? "conditions" : "json";
  const editor = filterEditor(types, () => {}, conditions?.length ? conditions : [[]]);
  const inputs = itemInputs(collection, rule, editor);
  const body = h("div", { class: "stack", onchange: ({ currentTarget }) => showRelevantFields(currentTarget) },
    field("rule-id", words.rules.name, textInput("id", rule.id, { required: true, maxlength: 64 }),
      words.rules.nameHint),
    field("rule-action", words.rules.effect, select("action", words.rules.actions, rule.action)),
    only("pin", field("rule-position", words.rules.position, numberInput("position", rule.position ?? 1, { step: 1 }))),
    only("boost bury", field("rule-factor", words.rules.factor, numberInput("factor", rule.factor ?? 2, { step: "any" }),
      words.rules.factorHint)),
    placementFields(rule),
    field("rule-selection", words.rules.items, select("selection", words.rules.selections, selection)),
    Object.entries(inputs).map(([name, input]) => only(name, input)),
    periodFields(rule),
    h("p", { class: "hint" }, words.rules.timesHint(Intl.DateTimeFormat().resolvedOptions().timeZone)),
    field("rule-note", words.rules.note, textInput("note", rule.note ?? "", { maxlength: 500 })));
  showRelevantFields(body);
  return openFormDialog({
    title, action: words.actions.save, body,
    onSubmit: async (fields) => {
      if (!placementOf(fields).length) throw problemOf(index, "placement", words.rules.noPlacement);
      return onSubmit(ruleOf(fields, rule, () => filterIn(editor, types, index)));
    },
    fieldProblems: (error, fields) => ruleProblems(error, index, fields),
  });
}

const id = (name) => `rule-${name}`;
const textInput = (name, value, props) => h("input", { id: id(name), name, value, autocomplete: "off", ...props });
const numberInput = (name, value, props) => textInput(name, value, { type: "number", ...props });
const select = (name, texts, current) => h("select", { id: id(name), name }, options(Object.entries(texts), current));

/** Fields that only some actions or selections have. */
const only = (values, ...content) => h("div", { "data-only": values }, content);

function showRelevantFields(body) {
  const chosen = [...body.querySelectorAll("#rule-action, #rule-selection")].map(({ value }) => value);
  for (const node of body.querySelectorAll("[data-only]")) {
    node.hidden = !node.dataset.only.split(" ").some((value) => chosen.includes(value));
  }
}

const placementFields = ({ placement }) => h("fieldset", { id: "rule-placement", tabindex: "-1" },
  h("legend", { class: "label" }, words.rules.placement), h("div", { class: "row" },
    Object.entries(words.rules.placements).map(([value, text]) => h("label", { class: "choice" },
      h("input", { type: "checkbox", name: `in-${value}`, checked: placement.includes(value) }), text))));

const itemInputs = (collection, { skus = [], filter = {} }, editor) => ({
  conditions: h("div", { id: "rule-conditions", tabindex: "-1" }, editor),
  skus: itemPicker(collection, h("textarea", {
    id: "rule-skus", name: "skus", rows: 3, value: skus.join("\n"), "aria-label": words.rules.skus, placeholder: words.rules.skusPlaceholder,
  })),
  json: h("textarea", { id: "rule-json", name: "json", rows: 4, value: JSON.stringify(filter, null, 2), spellcheck: "false", "aria-label": words.rules.json }),
});

/** When the rule applies, with shortcuts for usual periods. */
function periodFields(rule) {
  const from = dateInput("from", rule.from);
  const until = dateInput("until", rule.until);
  const shortcut = (days, text) => h("button", { type: "button", class: "plain", onclick: () => {
    from.value ||= localTime(new Date());
    const end = new Date(Math.max(Date.now(), new Date(from.value)));
    end.setDate(end.getDate() + days); // at the same time of day, even if the clocks change meanwhile
    until.value = localTime(end);
  } }, text);
  return h("div", {},
    h("div", { class: "two-columns" }, field("rule-from", words.rules.start, from), field("rule-until", words.rules.end, until)),
    h("div", { class: "row" }, words.rules.periods.map(([days, text]) => shortcut(days, text))));
}

/** A time in this browser's time zone; unchanged times are sent as they were. */
const dateInput = (name, time) => textInput(name, localTime(time), { type: "datetime-local" });
const timeOf = (text, before) => (text === localTime(before) ? before : new Date(text).toISOString());

function localTime(time) {
  if (!time) return "";
  const date = new Date(time);
  return new Date(date - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const placementOf = (fields) => Object.keys(words.rules.placements).filter((placement) => fields[`in-${placement}`]);

/** The rule that the fields describe. */
function ruleOf(fields, before, readFilter) {
  const { id: name, action, selection, from, until, note } = fields;
  return {
    id: name.trim(), action, placement: placementOf(fields),
    ...(action === "pin" ? { position: Number(fields.position) } : {}),
    ...(["boost", "bury"].includes(action) ? { factor: Number(fields.factor) } : {}),
    ...itemsOf(selection, fields, readFilter),
    ...(from ? { from: timeOf(from, before.from) } : {}), ...(until ? { until: timeOf(until, before.until) } : {}),
    ...(note.trim() ? { note: note.trim() } : {}),
  };
}

function itemsOf(selection, { skus, json }, readFilter) {
  if (selection === "skus") return { skus: skusIn(skus) };
  return { filter: selection === "conditions" ? readFilter() : parseJson(json) };
}

/** The filter in an editor; a condition that is not complete must not be left out, which would name more items. */
function filterIn(editor, types, index) {
  const conditions = readConditions(editor);
  const what = conditionsProblem(conditions);
  if (what) throw problemOf(index, "filter", what);
  return valueFilterOf(conditions, types);
}

/** A problem of a rule's member, as the server reports it. */
const problemOf = (index, member, what) => new Problem(422, { detail: what, errors: [{ where: `body.rules.${index}.${member}`, what }] });

/** The JSON value of a text; anything else is left to the server to refuse. */
function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
