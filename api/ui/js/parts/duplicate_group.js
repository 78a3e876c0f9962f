// A group of items that seem to be duplicates, and what can be done about it.

import { call, collectionPath } from "../api.js";
import { announce, fill, focusIfLost, h } from "../dom.js";
import { pageUrl } from "../router.js";
import { words } from "../words.js";
import { forEach } from "./batch.js";
import { isDeleted, onDeletion } from "./deletions.js";
import { dismiss, takeBack } from "./dismissals.js";
import { itemImage } from "./images.js";
import { detailsOf, nameOf, skuBeside, viewAmongOthers } from "./item_names.js";
import { deletePicture } from "./item_views.js";
import { showProblem } from "./states.js";
import { offerUndo } from "./undo_offer.js";

const DEFAULT_STYLE = "style"; // the attribute of variants, if the collection does not group its items

export class DuplicateGroup {
  /** `onDismissed` is called after items were dismissed, or a dismissal was taken back. */
  constructor({ members }, context) {
    Object.assign(this, context, { name: context.collection.name, members, removed: new Set() });
    this.message = h("div", {});
    this.outcome = h("div", {});
    this.cards = h("ul", { class: "cards with-actions" });
    this.buttons = h("div", { class: "row" });
    this.panel = h("section", { class: "panel stack" }, this.cards, this.message, this.buttons);
    this.node = h("div", { class: "stack" }, this.panel, this.outcome);
    this.show();
    onDeletion(this.name, () => this.show(), this.signal);
  }

  get present() {
    return this.members.filter((member) => !this.removed.has(member) && !isDeleted(this.name, member.sku));
  }

  show() {
    const { present } = this;
    this.panel.hidden = present.length < 2;
    this.node.hidden = this.panel.hidden && !this.outcome.children.length;
    this.panel.ariaLabel = words.duplicates.group(present.map(({ sku }) => sku));
    fill(this.cards, present.map((member) => this.card(member, present.length)));
    fill(this.buttons, this.canWrite ? [this.dismissButton(), this.kind === "variants" ? this.variantsButton() : null] : null);
  }

  card(member, size) {
    const { sku, view } = member;
    return h("li", { class: "card" }, itemImage({ collection: this.name, sku, view, size: 320 }),
      h("div", { class: "name" }, h("a", { href: pageUrl("c", this.name, "items", sku) }, nameOf(this.name, sku))),
      [detailsOf(this.name, sku), skuBeside(this.name, sku), viewAmongOthers(this.name, sku, view)].map((text) => h("div", { class: "line" }, text)),
      this.canWrite ? h("div", { class: "row raised" }, this.deleteButton(member), size > 2 ? this.dismissMemberButton(member) : null) : null);
  }

  deleteButton(member) {
    const onclick = () => showProblem(this.message, () => deletePicture(this.name, member, () => {
      this.removed.add(member);
      this.show();
    }, this.signal));
    return h("button", { class: "danger", "aria-label": words.item.delete(member.sku), onclick }, words.actions.delete);
  }

  get dismissLabel() {
    return words.duplicates.notTheSame[this.kind];
  }

  dismissButton() {
    const onclick = () => this.dismiss(this.present);
    return h("button", { onclick }, this.dismissLabel);
  }

  dismissMemberButton(member) {
    const onclick = () => this.dismiss([member], this.present.filter((other) => other !== member));
    return h("button", { "aria-label": words.duplicates.notTheSameAsOthers(this.dismissLabel, member.sku), onclick }, this.dismissLabel);
  }

  /** Say that members are not the same as each other, or if there are `others`, as these, and leave the members out. */
  dismiss(members, others = []) {
    return showProblem(this.message, async () => {
      const skus = members.map(({ sku }) => sku);
      const dismissal = await dismiss(this.name, { skus, others: others.map(({ sku }) => sku) });
      for (const member of members) this.removed.add(member);
      fill(this.message);
      const button = offerUndo(this.outcome, words.duplicates.wereDismissed(skus), () => this.undo(dismissal, members), this.signal);
      this.show();
      focusIfLost(button);
      this.onDismissed();
    }, this.signal);
  }

  async undo(dismissal, members) {
    this.panel.inert = true; // a click would be about the members before
    try {
      await takeBack(this.name, dismissal);
    } finally {
      this.panel.inert = false;
    }
    for (const member of members) this.removed.delete(member);
    fill(this.outcome);
    this.show();
    focusIfLost(this.buttons.querySelector("button"));
    this.onDismissed();
  }

  variantsButton() {
    const attribute = this.collection.group_by ?? DEFAULT_STYLE;
    const button = h("button", { onclick: () => this.makeVariants(attribute, button) }, words.duplicates.makeVariants(attribute));
    return button;
  }

  /** Give all members the same value; say which could not be changed, for which the button can be used again. */
  async makeVariants(attribute, button) {
    button.disabled = true;
    fill(this.message);
    const skus = this.present.map(({ sku }) => sku);
    const [value] = skus;
    const json = { attributes: { [attribute]: value } };
    const failures = await forEach(skus, (sku) => call("PATCH", collectionPath(this.name, "items", sku), { json }));
    button.disabled = false;
    if (this.signal?.aborted) return;
    focusIfLost(button);
    fill(this.message, failures.length ? failureNote(skus.length, failures) : h("p", { class: "muted" }, words.duplicates.areVariants(attribute, value)));
    if (!failures.length) announce(words.pages.saved);
  }
}

const failureNote = (all, failures) => h("div", { class: "problem", role: "alert" },
  h("strong", {}, words.selection.changed(all - failures.length, all)),
  h("ul", {}, failures.map(([sku, reason]) => h("li", {}, words.selection.failure(sku, reason)))));
