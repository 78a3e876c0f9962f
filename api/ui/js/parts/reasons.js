// Why an item is offered, in words, with the purchase that speaks for it.

import { h } from "../dom.js";
import { counted, day, percent } from "../format.js";
import { to } from "../router.js";
import { nameOf } from "./names.js";

/** `bought` tells when the customer bought an item, where that is known. */
export function reasonText(collection, reason, bought = new Map()) {
  const link = () => h("a", { href: to("c", collection, "items", reason.with) }, nameOf(collection, reason.with));
  const own = bought.has(reason.with) ? ` (bought ${day(bought.get(reason.with))})` : "";
  switch (reason.kind) {
    case "bought_together":
      return ["Bought together with ", link(), own, ` in ${counted(reason.orders, "order")}`];
    case "looks_like":
      return ["Looks like ", link(), own, `, ${percent(reason.similarity)} alike`, reason.orders && !own ? `, which ${counted(reason.orders, "order")} hold` : ""];
    case "popular":
      return [`Popular${reason.region ? ` in ${reason.region}` : ""}: ${counted(reason.orders, "order")}${reason.days ? ` in ${reason.days} days` : ""}`];
    case "new":
      return ["New: nobody has bought it yet"];
    default:
      return [reason.kind];
  }
}
