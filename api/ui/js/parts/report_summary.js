// What a training run means for the shop: sentences, and examples of lists with pictures.

import { collectionPath, download } from "../api.js";
import { h } from "../dom.js";
import { formatNumber } from "../format.js";
import { pageUrl } from "../router.js";
import { itemImage } from "./images.js";
import { panel } from "./layout.js";
import { sentence } from "./states.js";

/** `report` is the training report of the collection `name`; the API's page of the report says the same. */
export const reportSummary = (name, { summary, catalogue, decision, repurchase }) => [
  panel("How good the lists are",
    h("p", { class: "headline" }, summary.sentences[0] ?? whatCustomersGet(decision)),
    h("ul", { class: "findings" }, [
      summary.sentences.length ? whatCustomersGet(decision) : null, ...summary.sentences.slice(1), catalogue?.sentence,
      repurchase?.reason && sentence(repurchase.reason),
    ].filter(Boolean).map((text) => h("li", {}, text))),
    summary.examples.length ? examples(name, summary) : null,
    h("div", { class: "row" }, h("button", { onclick: () => downloadPage(name) }, "Download this report to print or send"))),
  catalogue?.unseen.length ? unseenItems(name, catalogue) : null,
];

const downloadPage = (name) => download(collectionPath(name, "recommender", "report"), {}, `${name}-report.html`);

const whatCustomersGet = ({ published }) =>
  (published === "model" ? "Every customer gets a list of their own." : "Everybody gets the popular items.");

function unseenItems(name, { items, items_in_lists: shown, unseen }) {
  const count = items - shown;
  const selection = count > unseen.length ? `${unseen.length} of ${formatNumber(count)}. ` : "";
  return panel("Items that nobody is shown",
    h("p", { class: "hint" }, `${selection}They are in no customer’s list; visitors still find them by search, as similar items and in `
      + "the shop’s own pages. A rule can put them into lists."),
    pictures(name, unseen));
}

const examples = (name, summary) => h("details", { open: true },
  h("summary", {}, "Examples: what customers would have been shown, and what they bought next"),
  h("p", { class: "hint" }, summary.examples_are),
  h("ul", { class: "examples" }, summary.examples.map((example) => exampleCustomer(name, example))));

function exampleCustomer(name, { label, place, recommended, bought, bought_count: count }) {
  const found = bought.filter((sku) => recommended.includes(sku));
  const more = count > bought.length ? h("span", { class: "muted small" }, `and ${formatNumber(count - bought.length)} more`) : null;
  return h("li", {},
    h("h3", {}, label, h("span", { class: "muted small" }, ` (place ${formatNumber(place)})`)),
    h("div", { class: "columns" },
      h("div", {}, h("p", { class: "hint" }, "Shown, best first"), pictures(name, recommended, found)),
      h("div", {}, h("p", { class: "hint" }, "Bought next"), pictures(name, bought, found), more)));
}

const pictures = (name, skus, found = []) => h("ul", { class: "pictures" }, skus.map((sku) => {
  const isFound = found.includes(sku);
  const text = isFound ? `${sku}, shown and bought` : sku;
  return h("li", { class: isFound ? "found" : null },
    h("a", { href: pageUrl("c", name, "items", sku), title: text, "aria-label": text }, itemImage({ collection: name, sku, size: 128 })));
}));
