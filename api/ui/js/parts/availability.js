// The availability of items: a badge, and a control that changes it.

import { call, collectionPath } from "../api.js";
import { announce, fill, h } from "../dom.js";
import { words } from "../words.js";
import { panel } from "./layout.js";
import { showProblem } from "./states.js";

const BADGE_CLASSES = { out_of_stock: "bad", hidden: "warning" };

const stateOf = ({ availability = "in_stock" }) => availability;

export const canBeBought = (item) => stateOf(item) === "in_stock";

/** The badge of an item; null if it is in stock. */
export function availabilityBadge(item) {
  const [text] = words.availability.states[stateOf(item)];
  return canBeBought(item) ? null : h("span", { class: `badge availability ${BADGE_CLASSES[stateOf(item)]}` }, text);
}

/** A panel that changes the availability of an item at once; `onChange` gets the new one. */
export function availabilityPanel(collection, item, onChange) {
  const effect = h("p", { class: "hint", id: "availability-hint" });
  const message = h("div", {});
  const select = h("select", { id: "availability", "aria-label": words.availability.title, "aria-describedby": "availability-hint" },
    Object.entries(words.availability.states).map(([state, [text]]) => h("option", { value: state }, text)));
  const show = () => {
    select.value = stateOf(item);
    effect.textContent = words.availability.states[stateOf(item)][1];
  };
  select.addEventListener("change", async () => {
    fill(message);
    await showProblem(message, async () => {
      const json = { availability: select.value };
      ({ availability: item.availability } = await call("PATCH", collectionPath(collection, "items", item.sku), { json }));
      announce(words.pages.saved);
      onChange(item);
    });
    show();
  });
  show();
  return panel(words.availability.title, h("div", {}, select, effect), message);
}
