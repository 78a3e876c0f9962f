// The filter of a list of items: controls by type, further conditions, and what to do with all matches.

import { fill, h, sleep } from "../dom.js";
import { words } from "../words.js";
import { bulkButtons } from "./bulk.js";
import { filterEditor } from "./filter.js";
import { combinedFilter, countedAttributes, facetCounts, filterControls, showCounts } from "./filter_controls.js";
import { field } from "./layout.js";
import { showProblem } from "./states.js";

const MAX_RECOUNTED = 10_000; // items; a server counts so many in a quarter of a second
const RECOUNT_DELAY_MS = 250;

export class ItemFilter {
  /** `state` has the `availability`, the `choices` and the `conditions`; `onChange` is called once they have changed. */
  constructor(collection, types, state, { onChange, canWrite, signal }) {
    Object.assign(this, { collection, types, state, onChange, canWrite, signal });
    this.controls = h("div", {});
    this.bulk = h("div", {});
    this.clearButton = h("button", { type: "button", class: "align-end", onclick: () => this.clear() }, words.filter.clear);
    this.content = h("div", { class: "stack", oninput: () => this.disableActions() });
    this.summary = h("summary", {}, words.filter.title);
    this.node = h("details", { class: "filter", open: this.isUsed, ontoggle: () => this.load() }, this.summary, this.content);
    this.show();
  }

  show() {
    const editor = filterEditor(this.types, (conditions) => {
      if (!editor.isConnected) return; // it reports late, and the filter was cleared meanwhile
      this.state.conditions = conditions;
      this.onChange();
    }, this.state.conditions);
    fill(this.content, h("div", { class: "row" }, this.availabilityField(), this.clearButton), this.controls, editor, this.bulk);
    this.showControls();
  }

  showControls() {
    if (this.attributes) fill(this.controls, filterControls(this.attributes, this.state.choices, this.onChange));
  }

  clear() {
    Object.assign(this.state, { availability: "", choices: {}, conditions: [] });
    this.show();
    this.onChange();
    this.summary.focus({ preventScroll: true }); // the button goes
  }

  /** Whether there is a filter. */
  get isUsed() {
    return this.json !== "" || this.state.availability !== "";
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
      const { items, counted_items: counted } = await countedAttributes(this.collection, this.signal);
      Object.assign(this, { attributes: items, isRecounted: counted <= MAX_RECOUNTED });
      this.showControls();
      if (this.isUsed || this.state.text) await this.updateCounts();
    }, this.signal);
  }

  /** Count again what a change has left; no numbers where that is slow, nor of what words find, or of one availability. */
  async updateCounts() {
    if (!this.attributes) return;
    this.counting?.abort();
    const { signal } = (this.counting = new AbortController());
    const { text, availability, choices, conditions } = this.state;
    const isCountable = !this.isUsed || this.isRecounted;
    const fetchCounts = async () => {
      await sleep(RECOUNT_DELAY_MS, signal); // the next change often follows at once
      return facetCounts(this.collection, choices, conditions, this.types, signal);
    };
    const counts = isCountable && !text && !availability ? await fetchCounts().catch(() => null) : null;
    if (!signal.aborted) showCounts(this.controls, counts);
  }

  /** Offer no actions on all matches while these are not yet those of the filter that the fields show. */
  disableActions() {
    for (const button of this.bulk.querySelectorAll("button")) button.disabled = true;
  }

  /** Offer to clear the filter if there is one, and to change or delete all matches, if there are any. */
  showActions(hasMatches) {
    this.clearButton.hidden = !this.isUsed;
    const filter = hasMatches && this.canWrite ? this.json : "";
    if (filter !== this.offered) fill(this.bulk, filter ? bulkButtons(this.collection, filter, this.types, this.signal) : null);
    for (const button of this.bulk.querySelectorAll("button")) button.disabled = false;
    this.offered = filter;
  }
}
