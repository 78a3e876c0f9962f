// Search by words, by a photo (dropped, pasted, chosen or taken) or a part of it, or by both.

import { call, collectionPath } from "../api.js";
import { announce, debounce, fill, h } from "../dom.js";
import { attributeTypes } from "../parts/attribute_types.js";
import { collectionFrame } from "../parts/collection_frame.js";
import { Crop } from "../parts/crop.js";
import { dropZone, fileButton } from "../parts/file_input.js";
import { filterEditor, filterOf } from "../parts/filter.js";
import { matchCard } from "../parts/grid.js";
import { colourSlider, raritySlider, slider } from "../parts/slider.js";
import { emptyState, problemNote } from "../parts/states.js";
import { understoodList } from "../parts/understood.js";
import { keepInUrl, pageQuery, listsIn, readJson } from "../router.js";
import { words } from "../words.js";

const DEFAULTS = { text: "", file: null, area: null, colour: null, rarity: 1, limit: 24, conditions: [] };
const KEPT = { text: String, colour: Number, rarity: Number, limit: Number, conditions: (text) => listsIn(readJson(text)) };
const MAX_TEXT = 200;
const queries = new Map(); // the last query of each collection, restored when the user returns from a result

export const searchPage = ({ name, signal }) => collectionFrame(name, "search", signal, async (collection) =>
  new Search(collection, await attributeTypes(name, signal), signal).node);

/** Whether the options have room beside the results; otherwise they would push these off a phone's screen. */
const isWide = () => matchMedia("(min-width: 56rem)").matches;

/** The parts of a query that a URL can keep: all but the photo. */
function queryInUrl() {
  const kept = Object.fromEntries(Object.keys(KEPT).map((name) => [name, pageQuery().get(name)]).filter(([, text]) => text));
  return Object.fromEntries(Object.entries(kept).map(([name, text]) => [name, KEPT[name](text)]));
}

class Search {
  constructor({ name, colour_weight: usualColour }, types, signal) {
    if (!queries.has(name)) queries.set(name, { ...DEFAULTS });
    Object.assign(this, { name, usualColour, types, signal, query: queries.get(name), pendingSearch: null });
    if (pageQuery().size) Object.assign(this.query, queryInUrl());
    this.photo = h("div", { class: "photo-area" });
    this.understood = h("div", {});
    this.results = h("div", { class: "results" });
    this.status = h("p", { class: "muted number", role: "status" });
    this.searchLater = debounce(() => this.search());
    const filter = filterEditor(types, (conditions) => {
      this.query.conditions = conditions;
      this.search();
    }, this.query.conditions);
    this.node = h("div", { class: "search-columns" },
      h("div", { class: "stack" }, this.textBox(), this.photo,
        h("details", { class: "options", open: isWide() }, h("summary", {}, words.search.options),
          h("div", { class: "stack" }, this.sliders(),
            h("div", {}, h("span", { class: "label" }, words.filter.label), filter)))),
      h("div", { class: "stack" }, this.understood, this.status, this.results));
    dropZone(this.node, this.setFile);
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
    this.showSliders();
    this.searchLater();
  }

  textBox() {
    const oninput = ({ target: { value } }) => this.set("text", value.trim());
    return h("div", {}, h("label", { for: "text" }, words.search.byWords), h("input", {
      type: "search", id: "text", maxlength: MAX_TEXT, placeholder: words.search.wordsExample, value: this.query.text, oninput,
    }));
  }

  sliders() {
    const { colour, rarity, limit } = this.query;
    this.colour = colourSlider(this.usualColour, colour, (value) => this.set("colour", value));
    this.rarity = raritySlider(rarity, (value) => this.set("rarity", value));
    const number = { id: "limit", label: words.search.numberOfResults, min: 1, value: limit };
    return [this.colour, this.rarity, slider({ ...number, onInput: (value) => this.set("limit", value) })];
  }

  /** Scores of words, or with another weight of colour, have no scale of similarity. */
  get hasScale() {
    const { file, text, colour } = this.query;
    return Boolean(file) && !text && colour === null;
  }

  showSliders() {
    this.colour.hidden = !this.query.file || this.usualColour === null;
    this.rarity.hidden = !this.hasScale;
  }

  render() {
    const { file, area } = this.query;
    this.crop?.close();
    this.crop = file ? new Crop(file, () => this.set("area", this.crop.area), area) : null;
    this.node.classList.toggle("has-photo", Boolean(file));
    fill(this.photo, file ? this.crop.node : null, this.photoButtons(file));
    this.showSliders();
    this.search();
  }

  photoButtons(file) {
    const hasTouchScreen = matchMedia("(pointer: coarse)").matches;
    const buttons = h("div", { class: "row" },
      fileButton(file ? words.search.changePhoto : words.search.choosePhoto, this.setFile, { accept: "image/*", primary: !file }),
      file ? h("button", { type: "button", class: "plain", onclick: () => this.setFile([[, null]]) }, words.search.removePhoto) : null,
      hasTouchScreen ? fileButton(words.search.takePhoto, this.setFile, { accept: "image/*", capture: "environment" }) : null);
    return file ? buttons : h("div", { class: "drop large" },
      h("strong", { class: "drop-hint" }, words.search.dropHere), h("p", { class: "small drop-hint" }, words.search.orPaste), buttons);
  }

  async search() {
    this.searchLater.cancel(); // this search already has what was typed
    this.pendingSearch?.abort();
    if (this.signal.aborted) return null; // typed just before another page was opened
    this.keepQuery();
    if (!this.query.file && !this.query.text) return this.showInvitation();
    const { signal } = (this.pendingSearch = new AbortController());
    this.results.setAttribute("aria-busy", "true");
    try {
      this.showMatches(await call("POST", collectionPath(this.name, "search"), { form: this.buildForm(), signal }));
    } catch (error) {
      if (signal.aborted) return;
      this.clear();
      fill(this.results, problemNote(error));
    }
    this.results.removeAttribute("aria-busy");
  }

  keepQuery() {
    const { text, colour, rarity, limit, conditions } = this.query;
    const values = { text, colour, rarity, limit, conditions };
    keepInUrl(Object.fromEntries(Object.entries(values).map(([name, value]) => {
      const isUsual = JSON.stringify(value) === JSON.stringify(DEFAULTS[name]);
      return [name, isUsual ? "" : name === "conditions" ? JSON.stringify(value) : String(value)];
    })));
  }

  clear() {
    this.status.textContent = "";
    fill(this.understood);
  }

  showInvitation() {
    this.clear();
    this.results.removeAttribute("aria-busy");
    fill(this.results, emptyState(words.search.invitationTitle, words.search.invitation));
  }

  showMatches({ matches, understood, hint }) {
    this.status.textContent = matches.length ? words.counts.results(matches.length) : "";
    announce(words.counts.results(matches.length));
    fill(this.understood, understoodList(understood));
    fill(this.results, matches.length
      ? h("ul", { class: "cards" }, matches.map((match) => matchCard(this.name, match)))
      : emptyState(words.search.noMatchTitle, hint ? words.search.hint(hint) : words.search.noMatch));
  }

  buildForm() {
    const { text, file, colour, rarity, limit, conditions } = this.query;
    const fields = {
      image: file, text, limit, filter: filterOf(conditions, this.types), crop: this.crop?.box()?.join(","),
      colour: file ? colour : null, min_rarity: this.hasScale && rarity > 1 ? rarity : null,
    };
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) if (value !== "" && value != null) form.append(name, value);
    return form;
  }
}
