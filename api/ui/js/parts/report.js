// What a training measured and chose: ours beside popularity and the other candidates.

import { h } from "../dom.js";
import { count, percent, span } from "../format.js";
import { bars, legend } from "./charts.js";

const NAMES = { blend: "ours (the blend)", popularity: "popularity", ease: "EASE", als: "implicit ALS", svd: "SVD, sampled zeros", bm25: "item-kNN, BM25", cosine: "item-kNN, cosine", together: "bought together", looks: "looks alone" };
const MEASURES = [["ndcg@10", "NDCG@10", "How near the top of ten the items are that a customer bought next."], ["recall@20", "recall@20", "What share of the items bought next is among twenty."], ["map@12", "MAP@12", "How precise a list of twelve is at each item bought next."]];
const kindOf = (name) => ({ blend: "ours", popularity: "popularity" })[name] ?? "other";
const called = (name) => NAMES[name] ?? name;
const four = (value) => (value === undefined || value === null ? "–" : value.toFixed(3));

export function report(told) {
  return [verdict(told), learnedFrom(told), comparison(told.test ?? {}), segments(told.test ?? {}), weights(told.weights), seconds(told.seconds)];
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

function comparison(test) {
  const names = Object.keys(test);
  if (!names.length) return panel("On the days held back", h("p", { class: "soft" }, "Nothing was measured: that takes customers who came back for something new."));
  return panel("On the days held back",
    legend(["ours", "ours"], ["popularity", "popularity"], ["other", "other candidates"]),
    h("div", { class: "plots" }, MEASURES.map(([key, title, words]) => h("figure", {},
      h("figcaption", {}, h("h3", {}, title), h("p", { class: "hint" }, words)),
      bars(ordered(test, key).map((name) => ({ label: called(name), values: [[kindOf(name), test[name][key]]], text: four(test[name][key]) })), title)))),
    figures(test));
}

function figures(test) {
  const head = ["Ranking", "NDCG@10", "recall@20", "MAP@12", "Items shown", "Cold items in the first 10"];
  return h("details", {}, h("summary", {}, "All figures"),
    h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "All figures" }, h("table", {},
      h("thead", {}, h("tr", {}, head.map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, ordered(test, "ndcg@10").map((name) => {
        const row = test[name];
        return h("tr", {}, h("th", { scope: "row" }, called(name)), MEASURES.map(([key]) => h("td", {}, four(row[key]))), h("td", {}, percent(row["coverage@10"] ?? 0)), h("td", {}, percent(row["cold_share@10"] ?? 0)));
      })))));
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
  return panel("What each counts for", legend(["ours", "most customers"], ["other", "customers with few purchases"]),
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
