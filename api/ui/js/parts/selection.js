// Items that the user has selected, and what can be done with them.

import { fill, focusIfLost, h } from "../dom.js";
import { itemName } from "../format.js";
import { words } from "../words.js";
import { openChange, openDeletion, undoChanges } from "./selection_actions.js";
import { showProblem } from "./states.js";

export class Selection {
  /** `onChanged` gets the items as they are after a change, by SKU. */
  constructor(collection, types, onChanged) {
    Object.assign(this, { collection, types, onChanged, skus: new Set() });
    this.tools = h("div", { class: "row", hidden: true });
    this.outcome = h("div", {});
    this.node = h("div", { class: "selection stack", role: "group", "aria-label": words.selection.label }, this.tools, this.outcome);
    this.show();
  }

  /** A checkbox that selects an item. */
  checkbox(item) {
    return h("label", { class: "select" }, h("input", {
      type: "checkbox", checked: this.skus.has(item.sku), "aria-label": words.selection.select(item.name ?? itemName(item)),
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
    focusIfLost();
  }

  show() {
    const { size } = this.skus;
    this.tools.hidden = !size;
    document.body.classList.toggle("selecting", size > 0);
    const run = (open) => async () => {
      await open(this.collection, [...this.skus], this.types, (outcome) => this.finish(outcome));
      focusIfLost(this.outcome.querySelector("button"));
    };
    fill(this.tools, h("strong", { role: "status" }, words.selection.selected(size)),
      h("button", { type: "button", onclick: run(openChange) }, words.actions.change),
      h("button", { type: "button", class: "danger", onclick: run(openDeletion) }, words.actions.delete),
      h("button", { type: "button", class: "plain", onclick: () => this.clear() }, words.selection.clear));
  }

  /** Show what came of a change of the selected items; of a deletion, another part of the page tells. */
  finish(outcome) {
    this.clear();
    fill(this.outcome);
    if (outcome) this.showOutcome(outcome);
  }

  showOutcome({ text, changed, failures, before }) {
    const undo = () => showProblem(this.outcome, async () => {
      this.finish(await undoChanges(this.collection, before));
      focusIfLost();
    });
    fill(this.outcome, h("div", { class: failures.length ? "problem" : "note" },
      h("div", { class: "line-between" }, h("span", { role: "status" }, text),
        before?.length ? h("button", { type: "button", onclick: undo }, words.actions.undo) : null),
      failures.length ? h("ul", {}, failures.map(([sku, reason]) => h("li", {}, words.selection.failure(sku, reason)))) : null));
    this.onChanged(changed);
  }
}
