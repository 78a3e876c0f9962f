// Items that the user has selected, and what can be done with them.

import { fill, h } from "../dom.js";
import { itemName, pluralize } from "../format.js";
import { openChange, openDeletion, undoChanges } from "./selection_actions.js";
import { showProblem } from "./states.js";

export class Selection {
  /** `onChanged` gets the items as they are after a change, by SKU; null stands for a deleted one. */
  constructor(collection, types, onChanged) {
    Object.assign(this, { collection, types, onChanged, skus: new Set() });
    this.tools = h("div", { class: "row", hidden: true });
    this.outcome = h("div", {});
    this.node = h("div", { class: "selection stack", role: "group", "aria-label": "Selected items" }, this.tools, this.outcome);
    this.show();
  }

  /** A checkbox that selects an item. */
  checkbox(item) {
    return h("label", { class: "select" }, h("input", {
      type: "checkbox", checked: this.skus.has(item.sku), "aria-label": `Select ${item.name ?? itemName(item)}`,
      "data-sku": item.sku, onchange: ({ target }) => this.toggle(item.sku, target.checked),
    }));
  }

  toggle(sku, isSelected) {
    if (isSelected) this.skus.add(sku);
    else this.skus.delete(sku);
    fill(this.outcome);
    this.show();
  }

  clear() {
    this.skus.clear();
    for (const box of document.querySelectorAll(".select input:checked")) box.checked = false;
    this.show();
  }

  show() {
    const { size } = this.skus;
    this.tools.hidden = !size;
    document.body.classList.toggle("selecting", size > 0);
    const run = (open) => () => open(this.collection, [...this.skus], this.types, (outcome) => this.finish(outcome));
    fill(this.tools, h("strong", { role: "status" }, `${pluralize(size, "item")} selected`),
      h("button", { type: "button", onclick: run(openChange) }, "Change"),
      h("button", { type: "button", class: "danger", onclick: run(openDeletion) }, "Delete"),
      h("button", { type: "button", class: "plain", onclick: () => this.clear() }, "Clear selection"));
  }

  /** Show what came of an action on the selected items. */
  finish({ text, changed, failures, before }) {
    this.clear();
    const undo = () => showProblem(this.outcome, async () => this.finish(await undoChanges(this.collection, before)));
    fill(this.outcome, h("div", { class: failures.length ? "problem" : "note" },
      h("div", { class: "line-between" }, h("span", { role: "status" }, text),
        before?.length ? h("button", { type: "button", onclick: undo }, "Undo") : null),
      failures.length ? h("ul", {}, failures.map(([sku, reason]) => h("li", {}, `${sku}: ${reason}`))) : null));
    this.onChanged(changed);
  }
}
