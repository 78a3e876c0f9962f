// One customer: what they bought, what they get and why, and what a stranger would see.

import { collectionPath, get, remove } from "../api.js";
import { fill, form, h } from "../dom.js";
import { customerCode } from "../parts/customer_codes.js";
import { confirmDeletion } from "../parts/dialogs.js";
import { imageOf, nameOf, skuBeside } from "../parts/item_names.js";
import { backLink, field, pageHeader } from "../parts/layout.js";
import { orderList } from "../parts/orders.js";
import { reasonList } from "../parts/reasons.js";
import { loading, problemNote, showProblem } from "../parts/states.js";
import { navigate, pageUrl } from "../router.js";
import { hasRole } from "../server_info.js";
import { trackJob } from "../uploads.js";
import { words } from "../words.js";

const MAX_RECOMMENDATIONS = 12;
const CONFIRMATION_CHARACTERS = 6; // of a customer's code, typed to confirm an erasure

export async function customerPage({ name, user, signal }) {
  const code = customerCode(user);
  if (code !== user) { // an address must not stay in the URL, nor in the history
    location.replace(pageUrl("c", name, "customers", code));
    return loading();
  }
  const [{ items: [firstMatch] }, canWrite] = await Promise.all([
    get(collectionPath(name, "users"), { prefix: user, limit: 1 }, signal), hasRole("write"),
  ]);
  const customer = firstMatch?.user === user ? firstMatch : null;
  const lists = h("div", { class: "lists" });
  const showFor = (region = {}) => showLists(lists, name, { user, customer, region }, signal);
  const orders = h("div", {});
  const showOrders = () => showProblem(orders, async () => {
    fill(orders, await orderList(name, customer, (sku, line) => pictureCard(name, sku, line), signal));
  }, signal);
  await Promise.all([showFor(), customer ? showOrders() : null]);
  return [
    backLink(pageUrl("c", name, "customers"), words.customer.back(name)),
    pageHeader(user, customer ? words.counts.orders(customer.orders) : words.customer.noPurchases, customer && canWrite
      ? h("button", { class: "danger", onclick: () => erase(name, customer) }, words.customer.erase) : null, "user-name"),
    h("div", { class: "customer-columns" },
      customer ? h("section", {}, h("h2", {}, words.customer.purchases), orders)
        : h("section", {}, h("h2", {}, words.customer.region), regionForm(showFor)), lists),
  ];
}

const pictureCard = (name, sku, line = null) => h("li", { class: "card" }, imageOf(name, sku, 200),
  h("div", { class: "name" }, h("a", { href: pageUrl("c", name, "items", sku) }, nameOf(name, sku))),
  h("div", { class: "line" }, skuBeside(name, sku)),
  line ? h("div", { class: "line" }, h("span", {}, line)) : null);

const regionForm = (onSubmit) => form({ class: "panel stack" }, onSubmit,
  h("p", { class: "muted" }, words.customer.regionHint),
  field("country", words.customer.country, h("input", { id: "country", name: "country", maxlength: 64 })),
  field("zip", words.customer.postcode, h("input", { id: "zip", name: "zip", maxlength: 32 })),
  h("div", {}, h("button", {}, words.actions.show)));

/** Show a customer's list; next to it, if it is their own, what somebody else sees of whom nothing is known. */
async function showLists(section, name, { user, customer, region }, signal) {
  try {
    const query = { limit: MAX_RECOMMENDATIONS, ...region };
    const list = await get(collectionPath(name, "users", user, "recommendations"), query, signal);
    const popular = list.personal ? await get(collectionPath(name, "popular"), { limit: MAX_RECOMMENDATIONS }, signal) : null;
    section.classList.toggle("two", list.personal);
    fill(section, ownList(name, list, customer, popular?.items ?? []), popular ? strangerList(name, popular.items) : null);
  } catch (error) {
    if (signal.aborted) throw error;
    fill(section, h("h2", {}, words.customer.list), problemNote(error));
  }
}

function ownList(name, { personal, recommendations }, customer, popular) {
  const purchaseTimes = new Map((customer?.purchases ?? []).map(({ sku, at }) => [sku, at]));
  const others = new Set(popular.map(({ sku }) => sku));
  const own = recommendations.filter(({ sku }) => !others.has(sku)).length;
  const cards = recommendations.map(({ sku, reasons }) => h("li", { class: "card recommendation" },
    imageOf(name, sku, 256),
    h("div", {}, h("div", { class: "name" }, h("a", { href: pageUrl("c", name, "items", sku) }, nameOf(name, sku))),
      h("div", { class: "line muted" }, skuBeside(name, sku)),
      reasonList(name, reasons, purchaseTimes))));
  return h("section", {}, h("h2", {}, personal ? words.customer.listWithReasons : words.customer.popularList),
    h("p", { class: "hint" }, personal ? words.customer.ownItems(own, cards.length) : words.customer.bestFirst),
    cards.length ? h("ol", { class: "recommendations" }, cards)
      : h("p", { class: "muted" }, words.customer.nothingLeft),
    cards.length ? scores(name, recommendations) : null);
}

const strangerList = (name, items) => h("section", {}, h("h2", {}, words.customer.stranger),
  h("p", { class: "hint" }, words.customer.strangerHint),
  h("ol", { class: "purchases" }, items.map(({ sku }) => pictureCard(name, sku))));

const scores = (name, recommendations) => h("details", { class: "specialists" }, h("summary", {}, words.customer.scores),
  h("p", { class: "hint" }, words.customer.scoresHint),
  h("ol", {}, recommendations.map(({ sku, score }) =>
    h("li", {}, nameOf(name, sku), " ", h("span", { class: "number muted", title: words.customer.score }, score.toFixed(2))))));

const erase = (name, { user, orders }) => confirmDeletion({
  title: words.customer.erasureTitle, action: words.customer.erase, name: user.slice(0, CONFIRMATION_CHARACTERS),
  message: words.customer.erasure(orders),
  onSubmit: async () => {
    const job = await remove(collectionPath(name, "users", user), { kind: "erase-user", collection: name });
    trackJob(job, words.customer.erasureJob);
    navigate("c", name, "customers");
  },
});
