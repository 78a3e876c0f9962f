// One customer: purchases, and recommendations with their reasons.

import { collectionPath, get, remove } from "../api.js";
import { fill, form, h } from "../dom.js";
import { formatDate, formatPercent, pluralize } from "../format.js";
import { confirmDeletion } from "../parts/dialogs.js";
import { itemImage } from "../parts/images.js";
import { nameOf } from "../parts/item_names.js";
import { backLink, field, pageHeader } from "../parts/layout.js";
import { problemNote } from "../parts/states.js";
import { navigate, pageUrl } from "../router.js";
import { hasRole } from "../server_info.js";
import { trackJob } from "../uploads.js";

const MAX_RECOMMENDATIONS = 12;
const CONFIRMATION_CHARACTERS = 6; // of a user's name, typed to confirm an erasure

export async function customerPage({ name, user, signal }) {
  const [{ items: [firstMatch] }, canWrite] = await Promise.all([
    get(collectionPath(name, "users"), { prefix: user, limit: 1 }, signal), hasRole("write"),
  ]);
  const customer = firstMatch?.user === user ? firstMatch : null;
  const recommendations = h("section");
  const showFor = (region = {}) => showRecommendations(recommendations, name, { user, customer, region }, signal);
  await showFor();
  return [
    backLink(pageUrl("c", name, "customers"), `Customers of ${name}`),
    pageHeader(user, customer ? pluralize(customer.orders, "order") : "No known purchases", customer && canWrite
      ? h("button", { class: "danger", onclick: () => erase(name, user) }, "Erase") : null, "user-name"),
    h("div", { class: "customer-columns" },
      h("section", {}, h("h2", {}, "Purchases"), customer ? purchaseList(name, customer) : regionForm(showFor)),
      recommendations),
  ];
}

const purchaseList = (name, { purchases }) => h("ul", { class: "purchases" }, purchases.map(({ sku, at }) =>
  h("li", { class: "card" }, itemImage({ collection: name, sku, size: 200 }),
    h("div", { class: "name" }, h("a", { href: pageUrl("c", name, "items", sku) }, nameOf(name, sku))),
    h("div", { class: "line" }, h("span", {}, formatDate(at))))));

const regionForm = (onSubmit) => form({ class: "panel stack" }, onSubmit,
  h("p", { class: "muted" }, "Customers without purchases get items that are popular where they live."),
  field("country", "Country", h("input", { id: "country", name: "country", maxlength: 64 })),
  field("zip", "Zip", h("input", { id: "zip", name: "zip", maxlength: 32 })),
  h("div", {}, h("button", {}, "Show")));

async function showRecommendations(section, name, { user, customer, region }, signal) {
  try {
    const query = { limit: MAX_RECOMMENDATIONS, ...region };
    const list = await get(collectionPath(name, "users", user, "recommendations"), query, signal);
    const purchaseTimes = new Map((customer?.purchases ?? []).map(({ sku, at }) => [sku, at]));
    const cards = list.recommendations.map((entry) => recommendationCard(name, entry, purchaseTimes));
    fill(section, h("h2", {}, list.personal ? "Recommended" : "Popular items"), cards.length ? [
      h("p", { class: "hint" }, "Best first. The score is the number of standard deviations above the average item."),
      h("ol", { class: "recommendations" }, cards),
    ] : h("p", { class: "muted" }, "Nothing to recommend: this customer has already bought everything."));
  } catch (error) {
    if (signal.aborted) throw error;
    fill(section, h("h2", {}, "Recommended"), problemNote(error));
  }
}

const recommendationCard = (name, { sku, score, reasons }, purchaseTimes) => h("li", { class: "card recommendation" },
  itemImage({ collection: name, sku, size: 256 }),
  h("div", {},
    h("div", { class: "line-between" },
      h("div", { class: "name" }, h("a", { href: pageUrl("c", name, "items", sku) }, nameOf(name, sku))),
      h("span", { class: "number muted small", title: "Score: standard deviations above the average item" }, score.toFixed(2))),
    h("ul", { class: "reasons" }, reasons.map((reason) =>
      h("li", { class: `raised ${reason.kind}` }, reasonText(name, reason, purchaseTimes))))));

/** The reasons for a recommendation as text; `purchaseTimes` are the times of the customer's purchases by SKU. */
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

const erase = (name, user) => confirmDeletion({
  subject: "this customer", name: user.slice(0, CONFIRMATION_CHARACTERS),
  message: "Their sales, their recommendations and everything learned from them will be permanently erased.",
  onSubmit: async () => {
    const job = await remove(collectionPath(name, "users", user), { kind: "erase-user", collection: name });
    trackJob(job, "Customer erasure");
    navigate("c", name, "customers");
  },
});
