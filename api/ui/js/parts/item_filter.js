// The filter of a list of items: controls by type, further conditions, and what to do with all matches.

import { fill, h } from "../dom.js";
import { bulkButtons } from "./bulk.js";
import { filterEditor } from "./filter.js";
import { combinedFilter, countedAttributes, filterControls } from "./filter_controls.js";
import { showProblem } from "./states.js";

export class ItemFilter {
  /** `state` has the `choices` and `conditions`; `onChange` is called once they have changed. */
  constructor(collection, types, state, { onChange, canWrite, signal }) {
    Object.assign(this, { collection, types, state, onChange, canWrite, signal });
    this.controls = h("div", {});
    this.bulk = h("div", {});
    const editor = filterEditor(types, (conditions) => {
      this.state.conditions = conditions;
      onChange();
    }, state.conditions);
    this.node = h("details", { class: "filter", open: this.json !== "", ontoggle: () => this.load() },
      h("summary", {}, "Filter"), h("div", { class: "stack" }, this.controls, editor, this.bulk));
  }

  /** The filter as JSON; "" if there is none. */
  get json() {
    return combinedFilter(this.state.choices, this.state.conditions, this.types);
  }

  /** Count the values once the filter is open: most visitors never open it. */
  async load() {
    if (!this.node.open || this.isLoaded) return;
    this.isLoaded = true;
    await showProblem(this.controls, async () => {
      const attributes = await countedAttributes(this.collection, this.signal);
      fill(this.controls, filterControls(attributes, this.state.choices, this.onChange));
    }, this.signal);
  }

  /** Offer to change or delete all matches, if there are any. */
  showBulk(hasMatches) {
    const filter = this.json;
    fill(this.bulk, filter && hasMatches && this.canWrite
      ? bulkButtons(this.collection, filter, this.types, this.signal) : null);
  }
}
