// One customer: what was bought, beside what is offered and why.

import { may } from "../about.js";
import { at, call, get } from "../api.js";
import { fill, h } from "../dom.js";
import { counted, day } from "../format.js";
import { askToDelete } from "../parts/dialogs.js";
import { nameOf } from "../parts/names.js";
import { picture } from "../parts/pictures.js";
import { reasonText } from "../parts/reasons.js";
import { problem } from "../parts/states.js";
import { go, to } from "../router.js";
import { track } from "../uploads.js";

const OFFERED = 12;

export async function customer({ name, user, signal }) {
  const [{ items: [known] }, writer] = await Promise.all([get(at(name, "users"), { prefix: user, limit: 1 }, signal), may("write")]);
  const one = known?.user === user ? known : null;
  const offers = h("div", {});
  const show = (region = {}) => offer(name, user, one, region, offers, signal);
  await show();
  return [
    h("p", { class: "back" }, h("a", { href: to("c", name, "customers") }, `← Customers of ${name}`)),
    h("div", { class: "head" },
      h("div", {}, h("h1", { class: "hash" }, user), h("p", {}, one ? `${counted(one.orders, "order")}` : "No purchases are known.")),
      one && writer ? h("button", { class: "danger", onclick: () => erase(name, user) }, "Erase") : null),
    h("div", { class: "beside" },
      h("section", {}, h("h2", {}, "Bought"), one ? purchases(name, one) : region(show)),
      h("section", {}, offers)),
  ];
}

const purchases = (name, { purchases: bought }) => h("ul", { class: "bought" }, bought.map(({ sku, at: time }) =>
  h("li", { class: "card" }, picture({ collection: name, sku, size: 200 }),
    h("div", { class: "name" }, h("a", { href: to("c", name, "items", sku) }, nameOf(name, sku))),
    h("div", { class: "line" }, h("span", {}, day(time))))));

function region(show) {
  const submit = (event) => {
    event.preventDefault();
    show(Object.fromEntries(new FormData(event.target)));
  };
  return h("form", { class: "panel stack", onsubmit: submit },
    h("p", { class: "soft" }, "Whoever has bought nothing is offered what is popular where they live."),
    h("div", {}, h("label", { for: "country" }, "Country"), h("input", { id: "country", name: "country", maxlength: 64 })),
    h("div", {}, h("label", { for: "zip" }, "Zip"), h("input", { id: "zip", name: "zip", maxlength: 32 })),
    h("div", {}, h("button", {}, "Show")));
}

async function offer(name, user, known, where, place, signal) {
  try {
    const list = await get(at(name, "users", user, "recommendations"), { limit: OFFERED, ...where }, signal);
    const bought = new Map((known?.purchases ?? []).map(({ sku, at: time }) => [sku, time]));
    fill(place,
      h("h2", {}, list.personal ? "We would offer" : "Popular, for want of purchases"),
      list.recommendations.length ? h("p", { class: "hint" }, "The best first; the score says how many standard deviations an item stands above the ordinary one.") : null,
      list.recommendations.length
        ? h("ol", { class: "offers" }, list.recommendations.map((one) => card(name, one, bought)))
        : h("p", { class: "soft" }, "Nothing: everything has been bought already."));
  } catch (error) {
    if (signal.aborted) throw error;
    fill(place, h("h2", {}, "We would offer"), problem(error));
  }
}

const card = (name, { sku, score: reached, reasons }, bought) => h("li", { class: "card offer" },
  picture({ collection: name, sku, size: 256 }),
  h("div", { class: "words" },
    h("div", { class: "line-between" },
      h("div", { class: "name" }, h("a", { href: to("c", name, "items", sku) }, nameOf(name, sku))),
      h("span", { class: "number soft small", title: "Score: standard deviations above the ordinary item" }, reached.toFixed(2))),
    h("ul", { class: "reasons" }, reasons.map((reason) => h("li", { class: `above ${reason.kind}` }, reasonText(name, reason, bought))))));

async function erase(name, user) {
  const job = await askToDelete({
    what: "this customer",
    name: user.slice(0, 6),
    words: "Their sales, their list and all that was learned from them are erased for good.",
    act: () => call("DELETE", at(name, "users", user)),
  });
  if (!job) return;
  track(job, "Erasure");
  go("c", name, "customers");
}
