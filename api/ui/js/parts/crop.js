// A photo with a rectangle on it: drawn with the pointer, or moved and sized with the arrow keys.

import { fill, h } from "../dom.js";

const STEP = 0.04;
const LEAST = 0.05; // of a side
const MOVES = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

export class Crop {
  /** `part` is [left, top, right, bottom] in fractions; null: the whole photo. */
  constructor(file, changed, part = null) {
    Object.assign(this, { changed, part, url: URL.createObjectURL(file) });
    this.rectangle = h("div", { class: "rectangle", hidden: true });
    this.words = h("span", {}, "");
    this.photo = h("div", { class: "photo", tabindex: "0", role: "group", "aria-label": "Your photo. Arrow keys move the part to search for, with Shift they size it, Escape takes the whole photo." },
      h("img", { src: this.url, alt: "Your photo", draggable: "false", onerror: () => this.unseen(file.name) }), this.rectangle);
    this.photo.addEventListener("pointerdown", (event) => this.drag(event));
    this.photo.addEventListener("keydown", (event) => this.press(event));
    this.whole = h("button", { type: "button", class: "plain", hidden: true, onclick: () => this.set(null) }, "Whole photo");
    this.node = h("div", { class: "stack tight" }, this.photo, h("div", { class: "row hint" }, this.words, this.whole));
    this.draw();
  }

  /** The part that was chosen, rounded as the server reads it. */
  box() {
    return this.part?.map((side) => Math.round(side * 1000) / 1000) ?? null;
  }

  close() {
    URL.revokeObjectURL(this.url);
  }

  /** The server reads more kinds than a browser, so it is asked all the same. */
  unseen(name) {
    fill(this.node, h("p", { class: "note" }, `This browser cannot show ${name || "this file"}.`));
  }

  set(part) {
    this.part = part;
    this.draw();
    this.changed();
  }

  drag(event) {
    if (event.button) return;
    const bounds = this.photo.getBoundingClientRect();
    const at = ({ clientX, clientY }) => [within((clientX - bounds.left) / bounds.width), within((clientY - bounds.top) / bounds.height)];
    const [x, y] = at(event);
    const before = this.part;
    const moved = (now) => {
      const [a, b] = at(now);
      this.part = [Math.min(x, a), Math.min(y, b), Math.max(x, a), Math.max(y, b)];
      this.draw();
    };
    const left = () => {
      this.photo.removeEventListener("pointermove", moved);
      const large = this.part && this.part[2] - this.part[0] >= LEAST && this.part[3] - this.part[1] >= LEAST;
      if (this.part !== before) this.set(large ? this.part : null);
    };
    this.photo.setPointerCapture(event.pointerId);
    this.photo.addEventListener("pointermove", moved);
    this.photo.addEventListener("pointerup", left, { once: true });
    this.photo.addEventListener("pointercancel", left, { once: true });
  }

  press(event) {
    if (event.key === "Escape" && this.part) this.set(null);
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    const [left, top, right, bottom] = this.part ?? [0.2, 0.2, 0.8, 0.8];
    const [x, y] = move;
    if (event.shiftKey) this.set([left, top, Math.max(left + LEAST, within(right + x)), Math.max(top + LEAST, within(bottom + y))]);
    else this.set(shifted([left, top, right, bottom], x, y));
  }

  draw() {
    this.rectangle.hidden = this.whole.hidden = !this.part;
    this.words.textContent = this.part ? "Searching for the marked part." : "Draw a rectangle to search for a part.";
    if (!this.part) return;
    const [left, top, right, bottom] = this.part.map((side) => `${100 * side}%`);
    Object.entries({ left, top, width: `calc(${right} - ${left})`, height: `calc(${bottom} - ${top})` }).forEach(([name, value]) => this.rectangle.style.setProperty(name, value));
  }
}

const within = (share) => Math.min(1, Math.max(0, share));

function shifted([left, top, right, bottom], x, y) {
  const across = Math.min(1 - right, Math.max(-left, x));
  const down = Math.min(1 - bottom, Math.max(-top, y));
  return [left + across, top + down, right + across, bottom + down];
}
