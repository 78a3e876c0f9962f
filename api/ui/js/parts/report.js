// The training report: what it means for the shop, then figures for specialists.

import { h } from "../dom.js";
import { formatNumber, formatPercent } from "../format.js";
import { words } from "../words.js";
import { panel } from "./layout.js";
import { reportSummary } from "./report_summary.js";
import { sentence } from "./states.js";
import { row, table } from "./table.js";

const texts = words.report.specialists;
const METRICS = Object.entries(texts.metrics);
const barKind = (name) => ({ blend: "model", popularity: "popularity" })[name] ?? "other";
const displayName = (name) => texts.rankings[name] ?? name;
const decimals = (value) => (value === null ? "–" : value.toFixed(3));

/** `report` is the training report of the collection `name`. */
export const trainingReport = (name, report) => [
  reportSummary(name, report), learnedFrom(report), ignoredSales(report.ignored),
  h("details", { class: "specialists" }, h("summary", {}, texts.title), h("div", { class: "stack" },
    decision(report.decision), holdout(report), segments(report.segments), weights(report.weights), stageDurations(report.seconds))),
];

function decision({ published, reason }) {
  return h("p", { class: "note" }, h("strong", {}, texts.published(published)), sentence(reason));
}

function learnedFrom({ order_lines, users, items, split }) {
  const { tiles } = words.report;
  const facts = [
    [tiles.orderLines, formatNumber(order_lines ?? 0)], [tiles.customers, formatNumber(users ?? 0)], [tiles.items, formatNumber(items ?? 0)],
    [tiles.holdout, words.report.holdoutLines(split.holdout_lines, split.days)],
  ];
  return h("dl", { class: "tiles" },
    facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/** Order lines from which nothing was learned, because of their dates or customers. */
function ignoredSales({ notes, customers }) {
  const ignored = [...notes.map(sentence), ...customers.map(words.report.ignoredCustomer)];
  return ignored.length ? h("ul", { class: "muted small" }, ignored.map((text) => h("li", {}, text))) : null;
}

function holdout({ holdout: results, split, summary }) {
  const paragraph = (text) => h("p", { class: "muted" }, text);
  if (!Object.keys(results).length) {
    return panel(texts.holdout, paragraph(texts.notMeasured));
  }
  return panel(texts.holdout, paragraph(split.by === "time" ? texts.measuredByTime(split.days) : texts.measuredByOrder),
    legend("model", "popularity", "other"),
    h("div", { class: "plots" }, METRICS.map(([key, [heading, hint]]) => h("figure", {},
      h("figcaption", {}, h("h3", {}, heading), h("p", { class: "hint" }, hint)),
      bars(rankedNames(results, key).map((name) => ({
        label: displayName(name), values: [[barKind(name), results[name][key]]], text: decimals(results[name][key]),
      })), heading)))),
    summary.best_algorithm ? paragraph(summary.best_algorithm) : null, allMetrics(results));
}

function allMetrics(results) {
  const columns = [texts.ranking, ...METRICS.map(([, [heading]]) => heading), texts.itemsShown, texts.coldItems];
  const rows = Object.entries(results).map(([name, result]) => row(columns, [
    displayName(name), ...METRICS.map(([key]) => decimals(result[key])),
    formatPercent(result.coverage_at_10 ?? 0), formatPercent(result.cold_share_at_10 ?? 0),
  ]));
  return h("details", {}, h("summary", {}, texts.allMetrics), table(texts.allMetrics, columns, rows));
}

function segments(rows) {
  const measured = rows.filter(({ users }) => users);
  if (!measured.length) return null;
  return panel(texts.segments, legend("model", "popularity"),
    bars(measured.map(({ segment, users, model, popularity: { recall_at_20: popularity } }) => {
      const recall = model.recall_at_20 ?? popularity; // new customers get popular items
      const values = [["model", recall], ["popularity", popularity]];
      return { label: texts.segment(segment, users), values, text: texts.modelAndPopularity(decimals(recall), decimals(popularity)) };
    }), texts.segmentsLabel));
}

function weights({ algorithms }) {
  const names = Object.keys(algorithms).sort((a, b) => algorithms[b] - algorithms[a]);
  if (!names.length) return null;
  return panel(texts.weights,
    h("p", { class: "muted" }, texts.weightsHint),
    bars(names.map((name) => ({
      label: displayName(name), values: [["model", algorithms[name]]], text: formatPercent(algorithms[name]),
    })), texts.weightsLabel));
}

function stageDurations(seconds) {
  const total = Object.values(seconds).reduce((sum, duration) => sum + duration, 0);
  if (!total) return null;
  const stages = Object.entries(seconds).map(([stage, duration]) => texts.stage(stage, duration));
  return h("p", { class: "muted small" }, texts.durations(total, stages));
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

/** What each kind of bar stands for. */
const legend = (...kinds) => h("div", { class: "legend", "aria-hidden": "true" },
  kinds.map((kind) => h("span", {}, h("i", { class: kind }), texts.legend[kind])));
