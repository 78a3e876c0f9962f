// What a training run means for the shop: sentences, and examples of lists with pictures.

import { collectionPath, download } from "../api.js";
import { h } from "../dom.js";
import { pageUrl } from "../router.js";
import { words } from "../words.js";
import { imageOf, nameOf, skuBeside } from "./item_names.js";
import { panel } from "./layout.js";
import { sentence } from "./states.js";

/** `report` is the training report of the collection `name`; the API's page of the report says the same. */
export const reportSummary = (name, { summary, catalogue, decision, repurchase }) => [
  panel(words.report.quality,
    h("p", { class: "headline" }, summary.sentences[0] ?? whatCustomersGet(decision)),
    h("ul", { class: "findings" }, [
      summary.sentences.length ? whatCustomersGet(decision) : null, ...summary.sentences.slice(1), catalogue?.sentence,
      repurchase?.reason && sentence(repurchase.reason),
    ].filter(Boolean).map((text) => h("li", {}, text))),
    summary.examples.length ? examples(name, summary) : null,
    h("div", { class: "row" }, h("button", { onclick: () => downloadPage(name) }, words.report.download))),
  catalogue?.unseen.length ? unseenItems(name, catalogue) : null,
];

const downloadPage = (name) => download(collectionPath(name, "recommender", "report"), {}, `${name}-report.html`);

const whatCustomersGet = ({ published }) =>
  (published === "model" ? words.report.ownLists : words.report.popularLists);

function unseenItems(name, { items, items_in_lists: shown, unseen }) {
  const rules = h("a", { href: pageUrl("c", name, "settings") }, words.report.unseenRule);
  return panel(words.report.unseen, h("p", { class: "hint" }, words.report.unseenHint(unseen.length, items - shown), rules),
    h("ul", { class: "pictures named" }, unseen.map((sku) => namedPicture(name, sku))));
}

const examples = (name, summary) => h("details", { open: true },
  h("summary", {}, words.report.examples),
  h("p", { class: "hint" }, summary.examples_are),
  h("ul", { class: "examples" }, summary.examples.map((example) => exampleCustomer(name, example))));

function exampleCustomer(name, { label, place, recommended, bought, bought_count: count }) {
  const found = bought.filter((sku) => recommended.includes(sku));
  const more = count > bought.length ? h("span", { class: "muted small" }, words.report.moreBought(count - bought.length)) : null;
  return h("li", {},
    h("h3", {}, label, h("span", { class: "muted small" }, words.report.place(place))),
    h("div", { class: "columns" },
      h("div", {}, h("p", { class: "hint" }, words.report.shown), pictures(name, recommended, found)),
      h("div", {}, h("p", { class: "hint" }, words.report.bought), pictures(name, bought, found), more)));
}

const pictures = (name, skus, found = []) => h("ul", { class: "pictures" }, skus.map((sku) => (found.includes(sku)
  ? h("li", { class: "found" }, picture(name, sku, words.report.shownAndBought(sku)))
  : h("li", {}, picture(name, sku, sku)))));

const namedPicture = (name, sku) => h("li", {}, picture(name, sku, sku),
  h("div", { class: "small" }, nameOf(name, sku)), h("div", { class: "small muted" }, skuBeside(name, sku)));

const picture = (name, sku, text) => h("a", { href: pageUrl("c", name, "items", sku), title: text, "aria-label": text },
  imageOf(name, sku, 128));
