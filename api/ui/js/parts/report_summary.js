// What a training run means for the shop: sentences, and examples of lists with pictures.

import { h } from "../dom.js";
import { formatNumber } from "../format.js";
import { pageUrl } from "../router.js";
import { itemImage } from "./images.js";
import { panel } from "./layout.js";
import { sentence } from "./states.js";

/** `report` is the training report of the collection `name`. */
export const reportSummary = (name, { summary, catalogue, decision, repurchase }) => panel("How good the lists are",
  headline(summary, decision),
  h("ul", { class: "findings" }, [
    ...summary.sentences.slice(1), catalogue?.sentence, repurchase?.reason && sentence(repurchase.reason),
  ].filter(Boolean).map((text) => h("li", {}, text))),
  summary.examples.length ? examples(name, summary) : null);

const headline = ({ sentences }, { published }) => h("p", { class: "headline" },
  sentences[0] ?? (published === "model" ? "The trained lists are served." : "Popular items are served."));

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

const pictures = (name, skus, found) => h("ul", { class: "pictures" }, skus.map((sku) => {
  const isFound = found.includes(sku);
  const text = isFound ? `${sku}, shown and bought` : sku;
  return h("li", { class: isFound ? "found" : null },
    h("a", { href: pageUrl("c", name, "items", sku), title: text, "aria-label": text }, itemImage({ collection: name, sku, size: 128 })));
}));
