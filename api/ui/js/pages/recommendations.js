// Sales in, and what was learned from them.

import { may } from "../about.js";
import { at, call, download, get } from "../api.js";
import { fill, h, say } from "../dom.js";
import { ago, count, counted, day, when } from "../format.js";
import { listen } from "../live.js";
import { askFirst } from "../parts/dialogs.js";
import { picker, takeDrops } from "../parts/drop.js";
import { frame } from "../parts/frame.js";
import { progressBar, progressText } from "../parts/jobs.js";
import { report } from "../parts/report.js";
import { problem } from "../parts/states.js";
import { cell, row, table } from "../parts/table.js";
import { to } from "../router.js";
import { sendSales, track } from "../uploads.js";

const COLUMNS = ["File", "Order lines", "Set aside", "From", "To", "Taken in", ""];
const CHANGES = new Set(["import-sales", "delete-sales", "train", "erase-user", "refill-lists"]);

export const recommendations = ({ name, signal }) => frame(name, "recommendations", signal, async () => {
  const writer = await may("write");
  const place = h("div", { class: "stack" });
  const working = h("div", { class: "panel", hidden: true });
  const render = async () => {
    const [now, sales] = await Promise.all([get(at(name, "recommender"), {}, signal), get(at(name, "sales"), {}, signal)]);
    fill(place, now.generation ? live(name, now, writer, render) : notYet(), files(name, sales.items, writer), now.report ? report(now, sales.items) : null);
  };
  await render();
  listen((job) => {
    if (job.collection !== name || !CHANGES.has(job.kind)) return;
    working.hidden = Boolean(job.finished_at);
    fill(working, h("div", { class: "line-between" }, h("strong", {}, job.kind === "train" ? "Training" : "Reading sales"), h("span", { class: "soft number" }, progressText(job))), progressBar(job));
    if (job.finished_at) render().catch(() => {});
  }, signal, () => {
    if (working.hidden) return;
    working.hidden = true;
    render().catch(() => {});
  });
  return h("div", { class: "stack" }, working, place);
});

const notYet = () => h("p", { class: "note" }, h("strong", {}, "No recommendations yet. "), "Upload the sales of this shop: a training follows by itself, and every customer gets a list.");

function live(name, now, writer, render) {
  const told = h("div", {});
  const train = async () => {
    try {
      track(await call("POST", at(name, "recommender")), "Training");
      say("Training begins");
    } catch (error) {
      fill(told, problem(error));
    }
  };
  const rollBack = async () => {
    await call("POST", at(name, "recommender", "rollback"));
    say("Rolled back");
    await render().catch(() => {});
  };
  const back = () => askFirst({
    title: "Serve the lists before these?",
    words: "The generation before this one is kept whole; the same step brings these back.",
    action: "Go back",
    act: rollBack,
  });
  return h("section", { class: "panel stack" },
    h("div", { class: "line-between" },
      h("div", {}, h("h2", {}, "Recommendations are served"), h("p", { class: "soft" }, `Trained ${ago(now.trained_at)}, ${when(now.trained_at)}`)),
      now.stale ? h("span", { class: "badge warm" }, "stale: sales or items have changed") : h("span", { class: "badge good" }, "up to date")),
    told,
    h("div", { class: "row" },
      h("a", { class: "button main", href: to("c", name, "customers") }, "Customers and their lists"),
      writer ? h("button", { onclick: train }, "Train again") : null,
      writer && now.previous ? h("button", { onclick: back }, "Go back to the ones before") : null,
      h("button", { onclick: () => download(at(name, "recommendations"), { format: "csv" }, `${name}-recommendations.csv`) }, "All lists as CSV")));
}

function files(name, uploads, writer) {
  const take = ([[, file]]) => {
    sendSales(name, file);
    say(`Sending ${file.name}`);
  };
  const body = h("section", { class: "panel stack" },
    h("h2", {}, "Sales"),
    writer ? h("div", { class: "drop" }, h("span", {}, h("strong", {}, "Drop a CSV of order lines here"), " (gzip and zip will do)"),
      h("code", { class: "small" }, "md5email, sku, order_id, zip, country, created_at"),
      h("div", { class: "row" }, picker("Pick a file", take, { accept: ".csv,.tsv,.txt,.gz,.zip,text/csv", main: !uploads.length }))) : null,
    uploads.length ? salesTable(name, uploads, writer) : h("p", { class: "soft" }, "No sales yet."));
  return writer ? takeDrops(body, take) : body;
}

const salesTable = (name, uploads, writer) => table("Sales files", COLUMNS, uploads.map((upload) => rowOf(name, upload, writer)));

function rowOf(name, { id, filename, report: told, imported_at: at_ }, writer) {
  const others = told.unknown_skus ? h("span", { class: "soft small" }, ` (${count(told.unknown_skus)} skus are not items here)`) : null;
  return row(COLUMNS, [
    filename,
    cell({}, h("span", {}, count(told.accepted ?? 0), others)),
    told.rejected ? h("a", { href: to("c", name, "rejects", id) }, `${counted(told.rejected, "row")}: why`) : "none",
    cell({ class: "tight" }, day(told.first)), cell({ class: "tight" }, day(told.last)), cell({ class: "tight" }, ago(at_)),
    cell({ class: "right" }, writer ? h("button", { class: "plain danger", "aria-label": `Delete ${filename}`, onclick: () => remove(name, id, filename) }, "Delete") : null),
  ]);
}

const remove = (name, id, filename) => askFirst({
  title: `Delete the sales of ${filename}?`,
  words: "Its order lines are forgotten, and a training without them follows.",
  action: "Delete",
  danger: true,
  act: async () => { track(await call("DELETE", at(name, "sales", id)), "Deletion of sales"); },
});
