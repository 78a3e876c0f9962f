// Selects a rectangle of a photo, drawn with the pointer or moved and resized with the arrow keys.

import { fill, h } from "../dom.js";
import { words } from "../words.js";

const STEP = 0.04; // of a side, per key press
const MIN_SIZE = 0.05; // of a side
const MOVES = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

export class Crop {
  /** `area` is [left, top, right, bottom] in fractions of the photo, or null for the whole photo. */
  constructor(file, onChange, area = null) {
    Object.assign(this, { onChange, area, url: URL.createObjectURL(file) });
    this.rectangle = h("div", { class: "crop-rectangle" });
    this.hint = h("span");
    this.photo = h("div", {
      class: "photo", tabindex: "0", role: "group", "aria-label": words.crop.help,
      onpointerdown: (event) => this.drag(event), onkeydown: (event) => this.press(event),
    });
    const onerror = () => this.showUndisplayable(file.name);
    this.photo.append(h("img", { src: this.url, alt: words.crop.photo, draggable: "false", onerror }), this.rectangle);
    this.resetButton = h("button", { type: "button", class: "plain", onclick: () => this.select(null) }, words.crop.wholePhoto);
    this.node = h("div", { class: "stack tight" }, this.photo, h("div", { class: "row hint" }, this.hint, this.resetButton));
    this.draw();
  }

  /** The selected area, rounded as the server reads it, or null for the whole photo. */
  box() {
    return this.area?.map((side) => Math.round(side * 1000) / 1000) ?? null;
  }

  close() {
    URL.revokeObjectURL(this.url);
  }

  /** Replace the photo with a note; the search continues, since the server reads more formats than browsers. */
  showUndisplayable(name) {
    fill(this.node, h("p", { class: "note" }, words.crop.cannotDisplay(name)));
  }

  select(area) {
    this.area = area;
    this.draw();
    this.onChange();
  }

  drag(event) {
    if (event.button) return;
    const bounds = this.photo.getBoundingClientRect();
    const position = ({ clientX, clientY }) =>
      [clamp((clientX - bounds.left) / bounds.width), clamp((clientY - bounds.top) / bounds.height)];
    const [startX, startY] = position(event);
    const areaBefore = this.area;
    const onMove = (moveEvent) => {
      const [x, y] = position(moveEvent);
      this.area = [Math.min(startX, x), Math.min(startY, y), Math.max(startX, x), Math.max(startY, y)];
      this.draw();
    };
    const onEnd = () => {
      this.photo.removeEventListener("pointermove", onMove);
      if (this.area !== areaBefore) this.select(isLargeEnough(this.area) ? this.area : null);
    };
    this.photo.setPointerCapture(event.pointerId);
    this.photo.addEventListener("pointermove", onMove);
    for (const type of ["pointerup", "pointercancel"]) this.photo.addEventListener(type, onEnd, { once: true });
  }

  press(event) {
    if (event.key === "Escape" && this.area) this.select(null);
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    const area = this.area ?? [0.2, 0.2, 0.8, 0.8];
    this.select(event.shiftKey ? resized(area, move) : moved(area, move));
  }

  draw() {
    this.rectangle.hidden = this.resetButton.hidden = !this.area;
    this.hint.textContent = this.area ? words.crop.searchesArea : words.crop.drawOne;
    if (!this.area) return;
    const [left, top, right, bottom] = this.area.map((side) => `${100 * side}%`);
    Object.assign(this.rectangle.style, { left, top, width: `calc(${right} - ${left})`, height: `calc(${bottom} - ${top})` });
  }
}

const clamp = (fraction) => Math.min(1, Math.max(0, fraction));
const isLargeEnough = ([left, top, right, bottom]) => right - left >= MIN_SIZE && bottom - top >= MIN_SIZE;

const resized = ([left, top, right, bottom], [x, y]) =>
  [left, top, Math.max(left + MIN_SIZE, clamp(right + x)), Math.max(top + MIN_SIZE, clamp(bottom + y))];

function moved([left, top, right, bottom], [x, y]) {
  const dx = Math.min(1 - right, Math.max(-left, x));
  const dy = Math.min(1 - bottom, Math.max(-top, y));
  return [left + dx, top + dy, right + dx, bottom + dy];
}
