// The attributes of an item, to be read and changed.

import { at, call } from "../api.js";
import { fill, h, say } from "../dom.js";
import { problem } from "./states.js";

export function attributesEditor(collection, item, writer) {
  const place = h("div", {});
  const read = () => fill(place,
    facts(item.attributes),
    writer ? h("div", { class: "row end" }, h("button", { class: "plain", onclick: write }, "Change")) : null);
  const write = () => {
    const told = h("div", {});
    const rows = h("div", { class: "conditions" }, Object.entries(item.attributes).map(([name, value]) => row(name, value)), row("", ""));
    fill(place, h("form", { class: "stack", onsubmit: save }, rows, told,
      h("div", { class: "row" }, h("button", { class: "main" }, "Save"), h("button", { type: "button", onclick: read }, "Cancel"))));
    rows.querySelector("input").focus();

    async function save(event) {
      event.preventDefault();
      try {
        Object.assign(item, await call("PATCH", at(collection, "items", item.sku), { json: { attributes: changes(item.attributes, rows) } }));
        say("Saved");
        read();
      } catch (error) {
        fill(told, problem(error));
      }
    }
  };
  read();
  return place;
}

function facts(attributes) {
  const told = Object.entries(attributes);
  if (!told.length) return h("p", { class: "soft" }, "None. An items.csv beside the pictures brings some.");
  return h("dl", { class: "facts" }, told.map(([name, value]) => [h("dt", {}, name), h("dd", {}, textOf(value))]));
}

const row = (name, value) => h("div", { class: "attribute row" },
  h("input", { value: name, placeholder: "name", "aria-label": "Attribute", class: "grow" }),
  h("input", { value: textOf(value), placeholder: "value", "aria-label": name ? `Value of ${name}` : "Value", class: "grow" }));

/** What has changed; null takes an attribute away. */
function changes(before, rows) {
  const after = new Map([...rows.children].map((one) => [...one.querySelectorAll("input")].map((field) => field.value.trim())).filter(([name, value]) => name && value));
  const gone = Object.keys(before).filter((name) => !after.has(name)).map((name) => [name, null]);
  const changed = [...after].filter(([name, value]) => value !== textOf(before[name])).map(([name, value]) => [name, valueOf(value)]);
  return Object.fromEntries([...gone, ...changed]);
}

const textOf = (value) => (typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value));

function valueOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
