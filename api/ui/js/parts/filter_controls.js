// Controls for a collection's attributes by their types: choices with counts, ranges, true or false.

import { collectionPath, get } from "../api.js";
import { debounce, h } from "../dom.js";
import { formatNumber, parseNumber } from "../format.js";
import { words } from "../words.js";
import { SEEN_COLOUR } from "./attribute_types.js";
import { attributeKey, filterOf } from "./filter.js";

/** The attributes with counted values, and of how many items; without counts while the server is reading them again. */
export async function countedAttributes(collection, signal) {
  const path = collectionPath(collection, "attributes");
  return get(path, { counts: true }, signal).catch((error) => {
    if (error.status !== 503) throw error;
    return get(path, {}, signal);
  });
}

/** The filter of choices (conditions by attribute) and of further conditions as JSON; "" without any. */
export function combinedFilter(choices, conditions, types) {
  const own = Object.fromEntries(Object.entries(choices).map(([name, condition]) => [attributeKey(name), condition]));
  const further = filterOf(conditions, types);
  const parts = [...(Object.keys(own).length ? [own] : []), ...(further ? [JSON.parse(further)] : [])];
  return parts.length ? JSON.stringify(parts.length > 1 ? { and: parts } : parts[0]) : "";
}

/**
 * How many items match each value besides all other choices and conditions: a map of values and numbers by attribute. An
 * attribute without one has too many values.
 */
export async function facetCounts(collection, choices, conditions, types, signal) {
  const without = (left) => Object.fromEntries(Object.entries(choices).filter(([name]) => name !== left));
  const count = async (left) => {
    const filter = combinedFilter(without(left), conditions, types);
    return (await get(collectionPath(collection, "attributes"), { counts: true, filter }, signal)).items;
  };
  const [all, ...own] = await Promise.all([count(null), ...Object.keys(choices).map(count)]);
  const found = new Map(all.map((attribute) => [attribute.name, attribute]));
  for (const [number, name] of Object.keys(choices).entries()) found.set(name, own[number].find((attribute) => attribute.name === name));
  return new Map([...found].filter(([, attribute]) => attribute?.values)
    .map(([name, { values }]) => [name, new Map(values.map(({ value, items }) => [String(value), items]))]));
}

/** Show how many items match each value; no numbers without counts. */
export function showCounts(controls, counts) {
  for (const node of controls.querySelectorAll("[data-attribute]")) {
    const { attribute, value } = node.dataset;
    const known = counts?.get(attribute);
    const number = known ? known.get(value) ?? 0 : null;
    if (node.matches("option")) node.textContent = words.filter.truth(value === "true", number);
    else node.textContent = number === null ? "" : formatNumber(number);
  }
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
  return group(name, h("select", {
    "aria-label": name, onchange: ({ target: { value } }) => onChange(value ? { eq: value === "true" } : null),
  }, h("option", { value: "" }, words.filter.any), values.map(({ value, items }) => h("option", {
    value: String(value), selected: current && current.eq === value, "data-attribute": name, "data-value": String(value),
  }, words.filter.truth(value, items)))));
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
    } }), h("span", { class: "grow" }, value || words.filter.emptyValue), " ",
    h("span", { class: "muted number small", "data-attribute": name, "data-value": value }, formatNumber(items)));
  return group(name, h("div", { class: "choices" }, [...values, ...missing].map(box)));
}
