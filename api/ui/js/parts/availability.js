// The availability of items: a badge, and a control that changes it.

import { call, collectionPath } from "../api.js";
import { announce, fill, h } from "../dom.js";
import { panel } from "./layout.js";
import { showProblem } from "./states.js";

/** The label, the class and the effect of each availability. */
export const AVAILABILITIES = {
  in_stock: ["In stock", "", "Shown everywhere."],
  out_of_stock: ["Out of stock", "bad", "Left out of lists and similar items, and marked in searches."],
  hidden: ["Hidden", "warning", "Shown nowhere but on these pages."],
};

const stateOf = ({ availability = "in_stock" }) => availability;

export const canBeBought = (item) => stateOf(item) === "in_stock";

/** The badge of an item; null if it is in stock. */
export function availabilityBadge(item) {
  const [text, className] = AVAILABILITIES[stateOf(item)];
  return canBeBought(item) ? null : h("span", { class: `badge availability ${className}` }, text);
}

/** A panel that changes the availability of an item at once; `onChange` gets the new one. */
export function availabilityPanel(collection, item, onChange) {
  const effect = h("p", { class: "hint", id: "availability-hint" });
  const message = h("div", {});
  const select = h("select", { id: "availability", "aria-label": "Availability", "aria-describedby": "availability-hint" },
    Object.entries(AVAILABILITIES).map(([state, [text]]) => h("option", { value: state }, text)));
  const show = () => {
    select.value = stateOf(item);
    effect.textContent = AVAILABILITIES[stateOf(item)][2];
  };
  select.addEventListener("change", async () => {
    fill(message);
    await showProblem(message, async () => {
      const json = { availability: select.value };
      ({ availability: item.availability } = await call("PATCH", collectionPath(collection, "items", item.sku), { json }));
      announce("Saved");
      onChange(item);
    });
    show();
  });
  show();
  return panel("Availability", h("div", {}, select, effect), message);
}
