// The reasons for a recommendation as text, with the purchase they refer to.

import { h } from "../dom.js";
import { formatDate, formatPercent, pluralize } from "../format.js";
import { pageUrl } from "../router.js";
import { nameOf } from "./item_names.js";

/** `purchaseTimes` are the times of the customer's own purchases by sku, as far as known. */
export function reasonText(collection, reason, purchaseTimes = new Map()) {
  const orders = () => pluralize(reason.orders, "order");
  const link = () => h("a", { href: pageUrl("c", collection, "items", reason.with) }, nameOf(collection, reason.with));
  const isOwn = purchaseTimes.has(reason.with);
  const purchase = isOwn ? ` (bought ${formatDate(purchaseTimes.get(reason.with))})` : "";
  switch (reason.kind) {
    case "bought_together":
      return ["Bought together with ", link(), purchase, ` in ${orders()}`];
    case "looks_like":
      return ["Looks like ", link(), purchase, `, ${formatPercent(reason.similarity)} similar`,
        reason.orders && !isOwn ? `, bought in ${orders()}` : ""];
    case "popular":
      return [`Popular${reason.region ? ` in ${reason.region}` : ""}: ${orders()}${reason.days ? ` in ${reason.days} days` : ""}`];
    case "new":
      return ["New: not bought yet"];
    default:
      return [reason.kind];
  }
}
