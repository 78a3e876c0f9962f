// Images with problems as cards, and what can be done about each: replace, hide, delete, or say that it is fine.

import { call, collectionPath, get } from "../api.js";
import { announce, fill, focusIfLost, h } from "../dom.js";
import { Problem } from "../problem.js";
import { pageUrl } from "../router.js";
import { words } from "../words.js";
import { availabilityBadge } from "./availability.js";
import { isDeleted } from "./deletions.js";
import { dismiss, takeBack } from "./dismissals.js";
import { fileButton } from "./file_input.js";
import { problemName } from "./image_problems.js";
import { replaceImage } from "./image_replacement.js";
import { itemImage } from "./images.js";
import { deletePicture } from "./item_views.js";
import { moreButton } from "./more_button.js";
import { showProblem } from "./states.js";

export class ImageCards {
  /** `unavailable` are states by SKU; `onDone` gets what was done and a function that takes it back. */
  constructor(collection, page, unavailable, { canWrite, fetchPage, onDone, signal }) {
    Object.assign(this, { collection, unavailable, canWrite, onDone, signal, cards: new Map() });
    this.list = h("ul", { class: "cards with-actions", "aria-label": words.health.list });
    this.add(page.items);
    const more = moreButton(words.health.more, page.next_cursor, fetchPage, (images) => this.add(images));
    this.node = h("div", { class: "stack" }, this.list, more);
  }

  /** The number of images. */
  get size() {
    return this.cards.size;
  }

  add(images) {
    const cards = images.map((image) => this.card(image));
    for (const [number, card] of cards.entries()) this.cards.set(card, images[number]);
    this.list.append(...cards);
    this.hideDeleted();
  }

  hideDeleted() {
    for (const [card, { sku }] of this.cards) card.hidden = isDeleted(this.collection, sku);
  }

  card(image) {
    const { sku, view, version, problems } = image;
    const card = h("li", { class: "card" });
    return fill(card, itemImage({ collection: this.collection, sku, view, version, size: 320 }),
      availabilityBadge({ availability: this.unavailable.get(sku) }),
      h("div", { class: "name" }, h("a", { href: pageUrl("c", this.collection, "items", sku) }, sku)),
      h("div", { class: "line" }, h("span", {}, problems.map(problemName).join(", ")), h("span", {}, view)),
      this.canWrite ? this.actions(image, card) : null);
  }

  actions(image, card) {
    const { sku, view } = image;
    const message = h("div", {});
    const button = (label, name, action, tone = null) => h("button", {
      type: "button", class: tone, "aria-label": name, onclick: () => showProblem(message, action, this.signal),
    }, label);
    return [h("div", { class: "row raised" },
      fileButton(words.actions.replace, ([[, file]]) => showProblem(message, () => this.replace(image, file), this.signal),
        { accept: "image/*", name: words.health.replace(sku, view) }),
      button(words.health.fine, words.health.isFine(sku, view), () => this.dismiss(image)),
      this.unavailable.get(sku) === "hidden" ? null : button(words.actions.hide, words.health.hide(sku), () => this.hide(image)),
      button(words.actions.delete, words.item.delete(sku), () => deletePicture(this.collection, { sku, view }, () => this.remove(card), this.signal), "danger")),
    message];
  }

  /** Replace the image; once its import has ended, the page shows what is wrong with the new one, if anything is. */
  async replace(image, file) {
    await replaceImage(this.collection, image.sku, await this.currentImage(image), file);
  }

  /** The image as its item has it now; it is a problem if the item has it no more. */
  async currentImage({ sku, view, version }) {
    const { images } = await get(collectionPath(this.collection, "items", sku), {}, this.signal);
    const current = images.find((image) => image.sha256.startsWith(version)
      && (image.view === view || images.length === 1)); // the last image of an item is called "main"
    if (!current) throw new Problem(404, words.health.isGone(sku, view));
    return current;
  }

  /** Take the image off the list; if its file is in many items, in all of them. */
  async dismiss({ sku, view }) {
    const dismissal = await dismiss(this.collection, { skus: [sku], view });
    await this.onDone(words.health.wasFine(sku, view), () => takeBack(this.collection, dismissal));
  }

  async hide({ sku }) {
    const path = collectionPath(this.collection, "items", sku);
    const { availability: before } = await get(path, {}, this.signal);
    await call("PATCH", path, { json: { availability: "hidden" } });
    await this.onDone(words.health.isHidden(sku), async () => {
      await call("PATCH", path, { json: { availability: before ?? "in_stock" } });
      announce(words.health.isShownAgain(sku));
    });
  }

  remove(card) {
    this.cards.delete(card);
    card.remove();
    focusIfLost(this.list.querySelector("button"));
  }
}
