// The training report: what it means for the shop, then figures for specialists.

import { h } from "../dom.js";
import { formatDuration, formatNumber, formatPercent } from "../format.js";
import { panel } from "./layout.js";
import { reportSummary } from "./report_summary.js";
import { sentence } from "./states.js";
import { row, table } from "./table.js";

const NAMES = {
  blend: "model (blend)", popularity: "popularity", ease: "EASE", als: "implicit ALS", spark: "implicit ALS on Spark",
  svd: "SVD, sampled negatives", bm25: "item-kNN, BM25", cosine: "item-kNN, cosine", baskets: "bought together",
  visual: "visual similarity alone", again: "bought before", novelty: "novelty of items",
};
const METRICS = [
  ["hit_rate_at_10", "Hit rate", "The share of customers who find something they bought next among the first ten."],
  ["ndcg_at_10", "NDCG@10", "How high the items that a customer bought next rank among the first ten."],
  ["recall_at_20", "recall@20", "The share of the items bought next that are among the first twenty."],
  ["map_at_12", "MAP@12", "The mean precision of a list of twelve at each item bought next."],
];
const barKind = (name) => ({ blend: "model", popularity: "popularity" })[name] ?? "other";
const displayName = (name) => NAMES[name] ?? name;
const decimals = (value) => (value === null ? "–" : value.toFixed(3));

/** `recommender` is the response of the API for the collection `name`; `uploads` are its sales files. */
export const trainingReport = (name, { report, stale }, uploads) => [
  reportSummary(name, report), learnedFrom(report), ignoredSales(report.ignored), stale ? null : lineNotes(report, uploads),
  h("details", { class: "specialists" }, h("summary", {}, "Figures for specialists"), h("div", { class: "stack" },
    decision(report.decision), holdout(report), segments(report.segments), weights(report.weights), stageDurations(report.seconds))),
];

function decision({ published, reason }) {
  return h("p", { class: "note" }, h("strong", {}, `Published: ${published}. `), sentence(reason));
}

function learnedFrom({ order_lines, users, items, split }) {
  const days = split.days ? ` of the last ${Math.round(split.days)} days` : "";
  const facts = {
    "Order lines": formatNumber(order_lines ?? 0), "Customers": formatNumber(users ?? 0), "Items": formatNumber(items ?? 0),
    "Kept aside to measure": split.holdout_lines ? `${formatNumber(split.holdout_lines)} lines${days}` : "nothing",
  };
  return h("dl", { class: "tiles" },
    Object.entries(facts).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/** Order lines from which nothing was learned, because of their dates or customers. */
function ignoredSales({ notes, customers }) {
  const texts = [
    ...notes.map(sentence),
    ...customers.map(({ customer, orders, share }) => `Customer ${customer} has ${formatNumber(orders)} orders, `
      + `${formatPercent(share)} of all, too many for one person: nothing was learned from them.`),
  ];
  return texts.length ? h("ul", { class: "muted small" }, texts.map((text) => h("li", {}, text))) : null;
}

/** Why fewer lines count than the files contain; only valid for the files of this training run. */
function lineNotes({ order_lines }, uploads) {
  const accepted = uploads.reduce((total, upload) => total + upload.report.accepted, 0);
  const notes = [
    accepted > order_lines && `${formatNumber(order_lines)} of ${formatNumber(accepted)} order lines count: `
      + "the others are duplicates, returned goods or lines of erased customers.",
    uploads.some((upload) => upload.report.unknown_skus)
      && "Order lines with unknown SKUs are used for training, but these SKUs are never recommended.",
  ].filter(Boolean);
  return notes.length ? h("p", { class: "muted small" }, notes.join(" ")) : null;
}

function holdout({ holdout: results, split, summary }) {
  const title = "Results on the hold-out";
  const paragraph = (text) => h("p", { class: "muted" }, text);
  if (!Object.keys(results).length) {
    return panel(title, paragraph("Nothing was measured, since too few customers came back to buy something new."));
  }
  return panel(title, paragraph(howMeasured(split)),
    legend(["model", "model"], ["popularity", "popularity"], ["other", "other candidates"]),
    h("div", { class: "plots" }, METRICS.map(([key, heading, hint]) => h("figure", {},
      h("figcaption", {}, h("h3", {}, heading), h("p", { class: "hint" }, hint)),
      bars(rankedNames(results, key).map((name) => ({
        label: displayName(name), values: [[barKind(name), results[name][key]]], text: decimals(results[name][key]),
      })), heading)))),
    summary.best_algorithm ? paragraph(summary.best_algorithm) : null, allMetrics(results));
}

const howMeasured = ({ by, days }) => (by === "time"
  ? `Algorithms and weights were chosen on earlier sales, then measured on the last ${Math.round(days)} days.`
  : "Times are unknown: algorithms and weights were chosen on some orders of each customer, then measured on others.");

function allMetrics(results) {
  const columns = ["Ranking", ...METRICS.map(([, heading]) => heading), "Items shown", "Cold items in the first 10"];
  const rows = Object.entries(results).map(([name, result]) => row(columns, [
    displayName(name), ...METRICS.map(([key]) => decimals(result[key])),
    formatPercent(result.coverage_at_10 ?? 0), formatPercent(result.cold_share_at_10 ?? 0),
  ]));
  return h("details", {}, h("summary", {}, "All metrics"), table("All metrics", columns, rows));
}

function segments(rows) {
  const measured = rows.filter(({ users }) => users);
  if (!measured.length) return null;
  return panel("recall@20 by segment", legend(["model", "model"], ["popularity", "popularity"]),
    bars(measured.map(({ segment, users, model, popularity: { recall_at_20: popularity } }) => {
      const recall = model.recall_at_20 ?? popularity; // new customers get popular items
      const values = [["model", recall], ["popularity", popularity]];
      return { label: `${segment} (${formatNumber(users)})`, values, text: `${decimals(recall)} / ${decimals(popularity)}` };
    }), "recall@20 of the model and of popularity, by segment"));
}

function weights({ algorithms }) {
  const names = Object.keys(algorithms).sort((a, b) => algorithms[b] - algorithms[a]);
  if (!names.length) return null;
  return panel("Weight of each algorithm",
    h("p", { class: "muted" }, "Each algorithm scores an item by how many standard deviations it is above the average item. "
      + "The weighted sum of the scores ranks the items."),
    bars(names.map((name) => ({
      label: displayName(name), values: [["model", algorithms[name]]], text: formatPercent(algorithms[name]),
    })), "Weights of the algorithms"));
}

function stageDurations(seconds) {
  const total = Object.values(seconds).reduce((sum, duration) => sum + duration, 0);
  if (!total) return null;
  const stages = Object.entries(seconds).map(([stage, duration]) => `${stage} ${duration.toFixed(1)} s`);
  return h("p", { class: "muted small" }, `Trained in ${formatDuration(total)}: ${stages.join(", ")}.`);
}

function rankedNames(results, key) {
  const priority = (name) => ({ blend: 2, popularity: 1 })[name] ?? 0;
  return Object.keys(results).sort((a, b) => priority(b) - priority(a) || (results[b][key] ?? 0) - (results[a][key] ?? 0));
}

/**
 * A bar chart of `{label, values: [[kind, number], ...], text}`; the longest bar fills its track.
 * Screen readers read the text instead of the bars.
 */
function bars(rows, label) {
  const largest = Math.max(...rows.flatMap(({ values }) => values.map(([, value]) => value ?? 0)), Number.MIN_VALUE);
  const bar = ([kind, value]) =>
    h("span", { class: `fill ${kind}`, style: { width: `${(100 * (value ?? 0)) / largest}%` } });
  return h("div", { class: "bars", role: "list", "aria-label": label }, rows.map((row) =>
    h("div", { class: "bar-row", role: "listitem" },
      h("span", { class: "label", title: row.label }, row.label),
      h("span", { class: "track", "aria-hidden": "true" }, row.values.map(bar)),
      h("span", { class: "value" }, row.text))));
}

/** `entries` are pairs of a kind of bar and its text. */
const legend = (...entries) => h("div", { class: "legend", "aria-hidden": "true" },
  entries.map(([kind, text]) => h("span", {}, h("i", { class: kind }), text)));
