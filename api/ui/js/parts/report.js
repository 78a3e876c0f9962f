// What a training measured and chose: ours beside popularity and the other candidates.

import { h } from "../dom.js";
import { count, percent, span } from "../format.js";
import { bars, legend } from "./charts.js";
import { row, table } from "./table.js";

const NAMES = { blend: "ours (the blend)", popularity: "popularity", ease: "EASE", als: "implicit ALS", svd: "SVD, sampled zeros", bm25: "item-kNN, BM25", cosine: "item-kNN, cosine", together: "bought together", looks: "looks alone" };
const MEASURES = [["ndcg@10", "NDCG@10", "How near the top of ten the items are that a customer bought next."], ["recall@20", "recall@20", "What share of the items bought next is among twenty."], ["map@12", "MAP@12", "How precise a list of twelve is at each item bought next."]];
const kindOf = (name) => ({ blend: "ours", popularity: "popularity" })[name] ?? "other";
const called = (name) => NAMES[name] ?? name;
const four = (value) => (value === undefined || value === null ? "–" : value.toFixed(3));

/** `now` is the recommender, `uploads` are the sales files that are there. */
export function report({ report: told, stale }, uploads) {
  return [verdict(told), learnedFrom(told), stale ? null : whichLines(told, uploads), comparison(told.test ?? {}, told.split ?? {}), segments(told.test ?? {}), weights(told.weights), seconds(told.seconds)];
}

function verdict({ gate = {} }) {
  const ours = gate.published === "model";
  return h("p", { class: "note" }, h("strong", {}, ours ? "The learned lists are served. " : "What is popular is served. "), gate.why ? `${gate.why[0].toUpperCase()}${gate.why.slice(1)}.` : "");
}

function learnedFrom({ rows, users, items, split = {} }) {
  const held = split.held ? `${count(split.held)} lines${split.days ? ` of the last ${Math.round(split.days)} days` : ""}` : "nothing";
  const facts = { "Order lines": count(rows ?? 0), "Customers": count(users ?? 0), "Items": count(items ?? 0), "Held back to measure by": held };
  return h("dl", { class: "tiles" }, Object.entries(facts).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/** The files hold more lines than count; said only while they are those that were learned from. */
function whichLines({ rows = 0 }, uploads) {
  const sum = (name) => uploads.reduce((total, { report: one }) => total + (one[name] ?? 0), 0);
  const [accepted, strange] = [sum("accepted"), uploads.some(({ report: one }) => one.unknown_skus)];
  const words = [
    accepted > rows ? `${count(rows)} of ${count(accepted)} order lines count: the rest came more than once, were returned, or are of erased customers.` : "",
    strange ? "Lines of skus that are not items here are learned from, too; such skus are never offered." : "",
  ].filter(Boolean);
  return words.length ? h("p", { class: "soft small" }, words.join(" ")) : null;
}

function comparison(test, split) {
  const names = Object.keys(test);
  if (!names.length) return panel("On the days held back", h("p", { class: "soft" }, "Nothing was measured: that takes customers who came back for something new."));
  return panel("On the days held back",
    h("p", { class: "soft" }, howMeasured(split)),
    legend(["ours", "ours"], ["popularity", "popularity"], ["other", "other candidates"]),
    h("div", { class: "plots" }, MEASURES.map(([key, title, words]) => h("figure", {},
      h("figcaption", {}, h("h3", {}, title), h("p", { class: "hint" }, words)),
      bars(ordered(test, key).map((name) => ({ label: called(name), values: [[kindOf(name), test[name][key]]], text: four(test[name][key]) })), title)))),
    figures(test));
}

const howMeasured = ({ by, days }) => (by === "time"
  ? `Algorithms and weights were chosen on the days before the last ${Math.round(days)}; on those last days, unseen until then, they were measured.`
  : "Times are not known: algorithms and weights were chosen on some items of each customer, and measured on others, unseen until then.");

function figures(test) {
  const head = ["Ranking", "NDCG@10", "recall@20", "MAP@12", "Items shown", "Cold items in the first 10"];
  return h("details", {}, h("summary", {}, "All figures"),
    table("All figures", head, ordered(test, "ndcg@10").map((name) => {
      const one = test[name];
      return row(head, [called(name), ...MEASURES.map(([key]) => four(one[key])), percent(one["coverage@10"] ?? 0), percent(one["cold_share@10"] ?? 0)]);
    })));
}

function segments(test) {
  const [ours, popular] = [groups(test.blend), groups(test.popularity)];
  const names = [...new Set([...popular.keys(), ...ours.keys()])].filter((name) => (ours.get(name) ?? popular.get(name)).users);
  if (!names.length) return null;
  return panel("By segment: recall@20", legend(["ours", "ours"], ["popularity", "popularity"]),
    bars(names.map((name) => {
      const other = popular.get(name)?.["recall@20"];
      const mine = ours.has(name) ? ours.get(name)["recall@20"] : other; // who is new is offered what is popular
      return { label: `${name} (${count((ours.get(name) ?? popular.get(name)).users)})`, values: [["ours", mine], ["popularity", other]], text: `${four(mine)} / ${four(other)}` };
    }), "recall@20 of ours and of popularity, by segment"));
}

function groups(figures = {}) {
  const found = new Map();
  if (figures.new_users) found.set("new customers", figures.new_users);
  const add = (some, label) => Object.entries(some ?? {}).forEach(([name, one]) => found.set(label(name), one));
  add(figures.users_by, (name) => (name === "thin" ? "customers with few purchases" : `${name} customers`));
  add(figures.items, (name) => `${name} items`);
  add(figures.countries, (name) => name || "country unknown");
  return found;
}

function weights({ usual = {}, thin = {} } = {}) {
  const names = [...new Set([...Object.keys(usual), ...Object.keys(thin)])].sort((a, b) => (usual[b] ?? 0) - (usual[a] ?? 0));
  if (!names.length) return null;
  return panel("What each counts for",
    h("p", { class: "soft" }, "Each algorithm says how many standard deviations an item stands above the ordinary one; an item's score is the sum, weighed so."),
    legend(["ours", "most customers"], ["other", "customers with few purchases"]),
    bars(names.map((name) => ({ label: called(name), values: [["ours", usual[name]], ["other", thin[name]]], text: `${percent(usual[name] ?? 0)} / ${percent(thin[name] ?? 0)}` })), "Weights of the algorithms"));
}

function seconds(stages = {}) {
  const total = Object.values(stages).reduce((sum, one) => sum + one, 0);
  return total ? h("p", { class: "soft small" }, `Trained in ${span(total)}: ${Object.entries(stages).map(([name, one]) => `${name} ${one.toFixed(1)} s`).join(", ")}.`) : null;
}

function ordered(test, key) {
  const rank = (name) => ({ blend: 2, popularity: 1 })[name] ?? 0;
  return Object.keys(test).sort((a, b) => rank(b) - rank(a) || (test[b][key] ?? 0) - (test[a][key] ?? 0));
}

const panel = (title, ...body) => h("section", { class: "panel stack" }, h("h2", {}, title), body);
