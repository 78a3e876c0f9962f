// Why an item is recommended, in words.

import { h } from "../dom.js";
import { formatDate, formatPercent, pluralize } from "../format.js";
import { pageUrl } from "../router.js";
import { nameOf } from "./item_names.js";

/** `purchaseTimes` are the times of the customer's purchases by SKU. */
export const reasonList = (collection, reasons, purchaseTimes) => h("ul", { class: "reasons" }, reasons.map((reason) =>
  h("li", { class: `raised ${reason.kind}` }, reasonText(collection, reason, purchaseTimes))));

function reasonText(collection, reason, purchaseTimes) {
  const orders = () => pluralize(reason.orders, "order");
  const link = () => h("a", { href: pageUrl("c", collection, "items", reason.with) }, nameOf(collection, reason.with));
  const isOwn = purchaseTimes.has(reason.with);
  const purchase = isOwn ? ` (bought ${formatDate(purchaseTimes.get(reason.with))})` : "";
  switch (reason.kind) {
    case "bought_before":
      return [`Bought before in ${orders()}`, reason.last ? `, last on ${formatDate(reason.last)}` : ""];
    case "bought_together":
      return ["Bought together with ", link(), purchase, ` in ${orders()}`];
    case "looks_like":
      return ["Looks like ", link(), purchase, `, ${formatPercent(reason.similarity)} similar`,
        reason.orders && !isOwn ? `, bought in ${orders()}` : ""];
    case "popular":
      return [`Popular${reason.region ? ` in ${reason.region}` : ""}: ${orders()}${reason.days ? ` in ${reason.days} days` : ""}`];
    case "new":
      return ["New: not bought yet"];
    case "rule":
      return [`Rule of the shop: ${reason.rule}`];
    default:
      return [reason.kind];
  }
}
