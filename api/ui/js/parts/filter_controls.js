// Controls for a collection's attributes by their types: choices with counts, ranges, true or false.

import { collectionPath, get } from "../api.js";
import { debounce, h } from "../dom.js";
import { formatNumber, parseNumber } from "../format.js";
import { words } from "../words.js";
import { SEEN_COLOUR } from "./attribute_types.js";
import { attributeKey, filterOf } from "./filter.js";

/** The attributes with counted values; without counts while the server is reading them again. */
export async function countedAttributes(collection, signal) {
  const path = collectionPath(collection, "attributes");
  const page = await get(path, { counts: true }, signal).catch((error) => {
    if (error.status !== 503) throw error;
    return get(path, {}, signal);
  });
  return page.items;
}

/** The filter of choices (conditions by attribute) and of further conditions as JSON; "" without any. */
export function combinedFilter(choices, conditions, types) {
  const own = Object.fromEntries(Object.entries(choices).map(([name, condition]) => [attributeKey(name), condition]));
  const further = filterOf(conditions, types);
  const parts = [...(Object.keys(own).length ? [own] : []), ...(further ? [JSON.parse(further)] : [])];
  return parts.length ? JSON.stringify(parts.length > 1 ? { and: parts } : parts[0]) : "";
}

/** Controls that change `choices`; `onChange` is called after each change. Attributes without control are left out. */
export function filterControls(attributes, choices, onChange) {
  const change = (name) => (condition) => {
    if (condition) choices[name] = condition;
    else delete choices[name];
    onChange();
  };
  const controls = attributes.map((attribute) => control(attribute, choices[attribute.name], change(attribute.name)));
  return h("div", { class: "controls" }, controls);
}

function control(attribute, current, onChange) {
  const { type, values = [], least, greatest } = attribute;
  if (least !== undefined && (least < greatest || current)) return rangeControl(attribute, current, onChange);
  if (type === "boolean" && values.length) return truthControl(attribute, current, onChange);
  const isName = values.every(({ items }) => items === 1); // such as titles, of which nobody chooses one by one
  const isChoice = !(isName && !current) && (type === "text" || type === "list") && (values.length > 1 || current);
  return isChoice ? choiceControl(attribute, current, onChange) : null;
}

const group = (name, ...children) => h("fieldset", {},
  h("legend", { class: "label" }, name === SEEN_COLOUR ? words.attributes.seenColours : name), children);

function rangeControl({ name, least, greatest }, current = {}, onChange) {
  const range = { ...current };
  const onInput = debounce(() => onChange(Object.keys(range).length ? { ...range } : null), 350);
  const bound = (operator, label, limit) => h("input", {
    inputmode: "decimal", value: range[operator]?.toLocaleString(undefined, { maximumFractionDigits: 20 }) ?? "", placeholder: formatNumber(limit), autocomplete: "off",
    "aria-label": words.filter.bound(name, label), oninput: ({ target }) => {
      const number = parseNumber(target.value);
      target.setCustomValidity(Number.isNaN(number) ? words.filter.noNumber : "");
      target.ariaInvalid = String(Number.isNaN(number));
      if (!target.reportValidity()) return;
      if (number === null) delete range[operator];
      else range[operator] = number;
      onInput();
    },
  });
  return group(name, h("div", { class: "range" }, bound("gte", words.filter.from, least), "–", bound("lte", words.filter.to, greatest)));
}

function truthControl({ name, values }, current, onChange) {
  const option = (value, label) => h("option", { value, selected: current && String(current.eq) === String(value) }, label);
  return group(name, h("select", {
    "aria-label": name, onchange: ({ target: { value } }) => onChange(value ? { eq: value === "true" } : null),
  }, option("", words.filter.any), values.map((row) => option(row.value, words.filter.truth(row.value, row.items)))));
}

function choiceControl({ name, type, values = [] }, current = {}, onChange) {
  const operator = type === "list" ? "contains" : "in";
  const chosen = new Set(current[operator]);
  const missing = [...chosen].filter((value) => !values.some((row) => row.value === value)).map((value) => ({ value, items: 0 }));
  const box = ({ value, items }) => h("label", { class: "choice" },
    h("input", { type: "checkbox", checked: chosen.has(value), onchange: ({ target }) => {
      if (target.checked) chosen.add(value);
      else chosen.delete(value);
      onChange(chosen.size ? { [operator]: [...chosen] } : null);
    } }), h("span", { class: "grow" }, value || words.filter.emptyValue), " ", h("span", { class: "muted number small" }, formatNumber(items)));
  return group(name, h("div", { class: "choices" }, [...values, ...missing].map(box)));
}
