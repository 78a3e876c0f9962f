// An item as a shop shows it: picture, name, price, why it is shown, and a button that puts it into the basket.

import { announce, h } from "../dom.js";
import { itemDetails, itemName } from "../format.js";
import { availabilityBadge, canBeBought } from "../parts/availability.js";
import { itemImage } from "../parts/images.js";
import { detailsOf, nameOf } from "../parts/item_names.js";
import { pageUrl } from "../router.js";
import { words } from "../words.js";

/** The tile of an item; `row` is an item of a response, with or without attributes. */
export function tile(shop, row, caption = null) {
  const { collection } = shop;
  const { sku, attributes, variants = [] } = row;
  const name = attributes ? itemName(row) : nameOf(collection.name, sku);
  return h("li", { class: "card product" },
    itemImage({ collection: collection.name, sku, size: 320 }), availabilityBadge(row),
    h("div", { class: "name" }, h("a", { href: productUrl(collection, sku) }, name)),
    h("div", { class: "line small" }, attributes ? h("span", {}, itemDetails(row)) : detailsOf(collection.name, sku)),
    variants.length ? h("p", { class: "small muted" }, words.storefront.moreVariants(variants.length)) : null,
    caption ? h("p", { class: "small muted" }, caption) : null,
    basketButton(shop, row));
}

export const productUrl = (collection, sku) => pageUrl("c", collection.name, "storefront", "items", sku);

/** A button that puts an item into the basket, or says why that is impossible. */
export function basketButton({ visit, signal }, item, className = "raised") {
  const { sku } = item;
  const add = () => {
    if (visit.basket.includes(sku)) return;
    visit.add(sku);
    announce(words.basket.added(sku));
    document.dispatchEvent(new Event("basket-changed"));
  };
  const button = h("button", { disabled: !canBeBought(item), onclick: add });
  const show = () => {
    const isInBasket = visit.basket.includes(sku);
    button.textContent = isInBasket ? words.basket.isInBasket : canBeBought(item) ? words.basket.add : words.basket.outOfStock;
    button.setAttribute("aria-label", words.basket.buttonLabel(button.textContent, sku));
    button.setAttribute("aria-disabled", isInBasket); // and not disabled, so that the focus stays
  };
  document.addEventListener("basket-changed", show, { signal }); // on another shelf
  show();
  return h("div", { class: `${className} basket-button` }, button);
}

/** Why an item is recommended, in a few words. */
export function reasonCaption({ name: collection }, { reasons: [reason] }) {
  switch (reason.kind) {
    case "bought_before": return words.storefront.reasons.boughtBefore;
    case "bought_together": return words.storefront.reasons.boughtTogether(nameOf(collection, reason.with));
    case "looks_like": return words.storefront.reasons.looksLike(nameOf(collection, reason.with));
    case "popular": return words.storefront.reasons.popular(reason.region);
    case "new": return words.storefront.reasons.new;
    case "rule": return words.storefront.reasons.rule(reason.rule);
    default: return reason.kind;
  }
}

export const similarityCaption = ({ score }) => words.storefront.similarity(score);
export const ordersCaption = ({ orders }) => words.storefront.togetherInOrders(orders);
