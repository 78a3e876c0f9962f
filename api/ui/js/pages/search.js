// Search by a photo: dropped, pasted, picked or taken; whole or a part of it.

import { at, call, get } from "../api.js";
import { fill, h, say, settled } from "../dom.js";
import { counted } from "../format.js";
import { Crop } from "../parts/crop.js";
import { picker, takeDrops } from "../parts/drop.js";
import { attributesOf, filterEditor, filterOf } from "../parts/filter.js";
import { frame } from "../parts/frame.js";
import { resultCard } from "../parts/results.js";
import { empty, problem } from "../parts/states.js";

const EMPTY = { file: null, part: null, conditions: [], limit: 24, least: 0 };
const remembered = new Map(); // collection -> what was asked, for the way back from a result

export const search = ({ name, signal }) => frame(name, "search", signal, async () => {
  const { items: some } = await get(at(name, "items"), { limit: 50 }, signal);
  return new Search(name, attributesOf(some), signal).node;
});

class Search {
  constructor(name, attributes, signal) {
    if (!remembered.has(name)) remembered.set(name, { ...EMPTY });
    Object.assign(this, { name, signal, now: remembered.get(name), asked: null });
    this.photo = h("div", {});
    this.results = h("div", { class: "results" });
    this.told = h("p", { class: "soft number", role: "status" });
    this.later = settled(() => this.ask());
    const limit = this.slider("limit", "How many", { min: 1, max: 100 }, (value) => value);
    const least = this.slider("least", "At least how similar", { min: 0, max: 100 }, (value) => (value / 100).toFixed(2));
    const filter = filterEditor(attributes, (_, conditions) => { this.now.conditions = conditions; this.ask(); }, this.now.conditions);
    this.node = h("div", { class: "searching" },
      h("div", { class: "stack" }, takeDrops(this.photo, this.take), limit, least, h("div", {}, h("span", { class: "label" }, "Only items with"), filter)),
      h("div", { class: "stack" }, this.told, this.results));
    addEventListener("paste", (event) => { if (event.clipboardData.files.length) this.take([[, event.clipboardData.files[0]]]); }, { signal });
    this.show();
  }

  take = ([[, file]]) => {
    Object.assign(this.now, { file, part: null });
    this.show();
  };

  slider(id, label, range, text) {
    return slider(id, label, { ...range, value: this.now[id] }, text, (value) => {
      this.now[id] = value;
      this.later();
    });
  }

  show() {
    const { file, part } = this.now;
    this.crop?.close();
    this.crop = file ? new Crop(file, () => { this.now.part = this.crop.part; this.later(); }, part) : null;
    fill(this.photo, file ? this.crop.node : null, this.choice(file));
    if (file) this.ask();
    else fill(this.results, empty("Search by a photo", "Drop one, paste one from the clipboard, pick one, or take one with your phone."));
  }

  choice(file) {
    const buttons = [
      ...picker(file ? "Another photo" : "Pick a photo", this.take, { accept: "image/*", main: !file }),
      matchMedia("(pointer: coarse)").matches ? picker("Take a photo", this.take, { accept: "image/*", capture: "environment" }) : null,
    ];
    if (file) return h("div", { class: "row" }, buttons);
    return h("div", { class: "drop large" }, h("strong", {}, "Drop a photo here"), h("p", { class: "small" }, "or paste one"), h("div", { class: "row" }, buttons));
  }

  async ask() {
    if (!this.now.file) return;
    this.asked?.abort();
    const { signal } = (this.asked = new AbortController());
    this.results.setAttribute("aria-busy", "true");
    try {
      const began = performance.now();
      const { matches, hint } = await call("POST", at(this.name, "search"), { form: this.form(), signal });
      this.tell(matches, performance.now() - began, hint);
    } catch (error) {
      if (signal.aborted) return;
      this.told.textContent = "";
      fill(this.results, problem(error));
    }
    this.results.removeAttribute("aria-busy");
  }

  tell(matches, ms, hint) {
    this.told.textContent = matches.length ? `${counted(matches.length, "result")} in ${Math.round(ms)} ms` : "";
    say(counted(matches.length, "result"));
    fill(this.results, matches.length
      ? h("ul", { class: "cards" }, matches.map((match) => resultCard(this.name, match)))
      : empty("Nothing is as similar as that", hint ? `${hint}.` : "Lower the similarity, or take a condition away."));
  }

  form() {
    const form = new FormData();
    const { file, conditions, limit, least } = this.now;
    form.append("image", file);
    form.append("limit", limit);
    form.append("min_score", least / 100);
    if (filterOf(conditions)) form.append("filter", filterOf(conditions));
    if (this.crop.box()) form.append("crop", this.crop.box().join(","));
    return form;
  }
}

function slider(id, label, { min, max, value }, text, change) {
  const shown = h("output", { for: id, class: "number" }, text(value));
  const input = h("input", { type: "range", id, min, max, value });
  input.addEventListener("input", () => {
    shown.textContent = text(input.value);
    change(Number(input.value));
  });
  return h("div", {}, h("div", { class: "slider" }, h("label", { for: id }, label), shown), input);
}
