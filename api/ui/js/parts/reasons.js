// Why an item is recommended, in words.

import { h } from "../dom.js";
import { pageUrl } from "../router.js";
import { words } from "../words.js";
import { nameOf } from "./item_names.js";

/** `purchaseTimes` are the times of the customer's purchases by SKU. */
export const reasonList = (collection, reasons, purchaseTimes) => h("ul", { class: "reasons" }, reasons.map((reason) =>
  h("li", { class: `raised ${reason.kind}` }, reasonText(collection, reason, purchaseTimes))));

function reasonText(collection, reason, purchaseTimes) {
  const link = () => h("a", { href: pageUrl("c", collection, "items", reason.with) }, nameOf(collection, reason.with));
  const isOwn = purchaseTimes.has(reason.with);
  const purchase = isOwn ? words.reasons.bought(purchaseTimes.get(reason.with)) : "";
  switch (reason.kind) {
    case "bought_before":
      return words.reasons.boughtBefore(reason.orders, reason.last);
    case "bought_together":
      return words.reasons.boughtTogether(link(), purchase, reason.orders);
    case "looks_like":
      return words.reasons.looksLike(link(), purchase, reason.similarity, isOwn ? 0 : reason.orders);
    case "popular":
      return words.reasons.popular(reason);
    case "new":
      return words.reasons.new;
    case "rule":
      return words.reasons.rule(reason.rule);
    default:
      return reason.kind;
  }
}
