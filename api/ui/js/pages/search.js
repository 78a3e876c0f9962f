// Search by a whole photo or a part of it; the photo can be dropped, pasted, chosen or taken.

import { call, collectionPath } from "../api.js";
import { announce, debounce, fill, h } from "../dom.js";
import { pluralize } from "../format.js";
import { attributeTypes } from "../parts/attribute_types.js";
import { collectionFrame } from "../parts/collection_frame.js";
import { Crop } from "../parts/crop.js";
import { dropZone, fileButton } from "../parts/file_input.js";
import { filterEditor, filterOf } from "../parts/filter.js";
import { matchCard } from "../parts/grid.js";
import { emptyState, problemNote } from "../parts/states.js";

const DEFAULTS = { file: null, area: null, conditions: [], limit: 24, minPercent: 0 };
const queries = new Map(); // the last query of each collection, restored when the user returns from a result

export const searchPage = ({ name, signal }) => collectionFrame(name, "search", signal, async () =>
  new Search(name, await attributeTypes(name, signal), signal).node);

class Search {
  constructor(name, types, signal) {
    if (!queries.has(name)) queries.set(name, { ...DEFAULTS });
    Object.assign(this, { name, types, query: queries.get(name), pendingSearch: null });
    this.photo = h("div", {});
    this.results = h("div", { class: "results" });
    this.status = h("p", { class: "muted number", role: "status" });
    this.searchLater = debounce(() => this.search());
    const filter = filterEditor(types, (conditions) => {
      this.query.conditions = conditions;
      this.search();
    }, this.query.conditions);
    this.node = h("div", { class: "search-columns" },
      h("div", { class: "stack" },
        dropZone(this.photo, this.setFile),
        this.slider("limit", "Number of results", 1, (value) => value),
        this.slider("minPercent", "Minimum similarity", 0, (value) => (value / 100).toFixed(2)),
        h("div", {}, h("span", { class: "label" }, "Filter by attributes"), filter)),
      h("div", { class: "stack" }, this.status, this.results));
    addEventListener("paste", ({ clipboardData: { files: [file] } }) => {
      if (file) this.setFile([[file.name, file]]);
    }, { signal });
    this.render();
  }

  setFile = ([[, file]]) => {
    Object.assign(this.query, { file, area: null });
    this.render();
  };

  set(name, value) {
    this.query[name] = value;
    this.searchLater();
  }

  slider(id, label, min, format) {
    const output = h("output", { for: id, class: "number" }, format(this.query[id]));
    const onInput = ({ target: { value } }) => {
      output.textContent = format(value);
      this.set(id, Number(value));
    };
    return h("div", {}, h("div", { class: "slider" }, h("label", { for: id }, label), output),
      h("input", { type: "range", id, min, max: 100, value: this.query[id], oninput: onInput }));
  }

  render() {
    const { file, area } = this.query;
    this.crop?.close();
    this.crop = file ? new Crop(file, () => this.set("area", this.crop.area), area) : null;
    fill(this.photo, file ? this.crop.node : null, this.photoButtons(file));
    if (file) this.search();
    else fill(this.results, emptyState("Search by photo", "Drop, paste or choose a photo, or take one with your phone."));
  }

  photoButtons(file) {
    const hasTouchScreen = matchMedia("(pointer: coarse)").matches;
    const buttons = h("div", { class: "row" },
      fileButton(file ? "Change photo" : "Choose photo", this.setFile, { accept: "image/*", primary: !file }),
      hasTouchScreen ? fileButton("Take photo", this.setFile, { accept: "image/*", capture: "environment" }) : null);
    return file ? buttons : h("div", { class: "drop large" },
      h("strong", {}, "Drop a photo here"), h("p", { class: "small" }, "or paste one"), buttons);
  }

  async search() {
    if (!this.query.file) return;
    this.pendingSearch?.abort();
    const { signal } = (this.pendingSearch = new AbortController());
    this.results.setAttribute("aria-busy", "true");
    try {
      const startedAt = performance.now();
      const { matches, hint } = await call("POST", collectionPath(this.name, "search"), { form: this.buildForm(), signal });
      this.showMatches(matches, performance.now() - startedAt, hint);
    } catch (error) {
      if (signal.aborted) return;
      this.status.textContent = "";
      fill(this.results, problemNote(error));
    }
    this.results.removeAttribute("aria-busy");
  }

  showMatches(matches, ms, hint) {
    this.status.textContent = matches.length ? `${pluralize(matches.length, "result")} in ${Math.round(ms)} ms` : "";
    announce(pluralize(matches.length, "result"));
    fill(this.results, matches.length
      ? h("ul", { class: "cards" }, matches.map((match) => matchCard(this.name, match)))
      : emptyState("No items match", hint ? `${hint}.` : "Lower the minimum similarity or remove a condition."));
  }

  buildForm() {
    const { file, conditions, limit, minPercent } = this.query;
    const crop = this.crop.box()?.join(",") ?? "";
    const fields = { image: file, limit, min_score: minPercent / 100, filter: filterOf(conditions, this.types), crop };
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) if (value !== "") form.append(name, value);
    return form;
  }
}
