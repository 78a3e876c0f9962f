// The filter of a list of items: controls by type, further conditions, and what to do with all matches.

import { fill, h } from "../dom.js";
import { words } from "../words.js";
import { bulkButtons } from "./bulk.js";
import { filterEditor } from "./filter.js";
import { combinedFilter, countedAttributes, filterControls } from "./filter_controls.js";
import { field } from "./layout.js";
import { showProblem } from "./states.js";

export class ItemFilter {
  /** `state` has the `availability`, the `choices` and the `conditions`; `onChange` is called once they have changed. */
  constructor(collection, types, state, { onChange, canWrite, signal }) {
    Object.assign(this, { collection, types, state, onChange, canWrite, signal });
    this.controls = h("div", {});
    this.bulk = h("div", {});
    const editor = filterEditor(types, (conditions) => {
      this.state.conditions = conditions;
      onChange();
    }, state.conditions);
    const isUsed = this.json !== "" || state.availability !== "";
    this.node = h("details", { class: "filter", open: isUsed, ontoggle: () => this.load() },
      h("summary", {}, words.filter.title), h("div", { class: "stack" }, this.availabilityField(), this.controls, editor, this.bulk));
  }

  availabilityField() {
    const option = ([value, [text]]) => h("option", { value, selected: value === this.state.availability }, text);
    const onchange = ({ target: { value } }) => {
      this.state.availability = value;
      this.onChange();
    };
    return h("div", { class: "narrow-field" }, field("availability-filter", words.availability.title,
      h("select", { id: "availability-filter", onchange }, option(["", [words.filter.any]]), Object.entries(words.availability.states).map(option))));
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
