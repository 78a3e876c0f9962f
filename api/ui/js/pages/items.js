// The items of a collection as a grid of pictures; files dropped here are taken in.

import { may } from "../about.js";
import { at, get } from "../api.js";
import { fill, h, say } from "../dom.js";
import { count, counted } from "../format.js";
import { listen } from "../live.js";
import { picker, takeDrops } from "../parts/drop.js";
import { attributesOf, filterEditor } from "../parts/filter.js";
import { counts, frame } from "../parts/frame.js";
import { Grid } from "../parts/grid.js";
import { empty, problem, sentence } from "../parts/states.js";
import { go } from "../router.js";
import { sendPictures } from "../uploads.js";

const ACCEPTED = "image/*,.zip,.tar,.gz,.tgz,.csv,.jsonl";
const FIRST = 60; // little enough to be there at once
const CHANGES = new Set(["ingest", "sync-items"]);

export const items = ({ name, signal }) => frame(name, "", signal, async (collection) => {
  const writer = await may("write");
  const take = (entries) => {
    sendPictures(name, entries);
    say(`Sending ${counted(entries.length, "file")} to ${name}`);
  };
  const page = h("div", { class: "stack items-page" });
  const render = async (now) => fill(page, now.items ? await shelf(now, writer ? take : null, signal) : nothing(writer ? take : null));
  await render(collection);
  refreshAfterJobs(name, signal, render);
  return writer ? takeDrops(page, take) : page;
});

async function shelf({ name, items: total }, take, signal) {
  const first = await get(at(name, "items"), { limit: FIRST }, signal);
  const told = h("span", { class: "soft number", role: "status" }, counted(total, "item"));
  const grid = new Grid(name, { total, first, signal });
  const trouble = h("div");
  const filter = filterEditor(attributesOf(first.items), async (text) => {
    try {
      const found = text ? await get(at(name, "items"), { limit: FIRST, filter: text }, signal) : first;
      fill(trouble, found.items.length ? null : empty("No item is like that", "Change a condition, or take one away."));
      grid.reset({ total: text ? null : total, first: found, filter: text });
      const more = found.next_cursor ? "+" : "";
      told.textContent = text ? `${count(found.items.length)}${more} of ${counted(total, "item")}` : counted(total, "item");
    } catch (error) {
      if (!signal.aborted) fill(trouble, problem(error));
    }
  });
  return [
    h("div", { class: "row toolbar" },
      h("div", { class: "grow" }, told, take ? h("span", { class: "hint drop-hint" }, " · drop pictures, folders or archives anywhere here to add them") : null),
      openSku(name), take ? upload(take) : null),
    h("details", { class: "filter" }, h("summary", {}, "Filter"), filter),
    trouble,
    grid.node,
  ];
}

/** Skus are no attributes: there is no filter by them, but each has its page. */
function openSku(collection) {
  const told = h("span", { class: "bad small", role: "status" });
  const field = h("input", { type: "search", name: "sku", required: true, placeholder: "sku", "aria-label": "Open the item with the sku", autocomplete: "off", spellcheck: "false" });
  const open = async (event) => {
    event.preventDefault();
    const sku = field.value.trim();
    try {
      await get(at(collection, "items", sku));
      go("c", collection, "items", sku);
    } catch (error) {
      told.textContent = error.status === 404 ? `There is no item ${sku}.` : sentence(error.message);
    }
  };
  field.addEventListener("input", () => { told.textContent = ""; });
  return h("form", { class: "row go-to", onsubmit: open }, told, field, h("button", {}, "Open"));
}

const upload = (take) => [
  ...picker("Add pictures", take, { accept: ACCEPTED, multiple: true, main: true }),
  ...picker("Add a folder", take, { folder: true }),
];

function nothing(take) {
  if (!take) return empty("No items yet", "Nothing has been put into this collection yet.");
  return h("div", { class: "drop large" },
    h("strong", {}, "Drop pictures, a folder or a zip here"),
    h("p", { class: "small" }, "A-12.jpg becomes item A-12; A-12/front.jpg becomes its view “front”. An items.csv among them adds attributes."),
    h("div", { class: "row" }, upload(take)));
}

/** New items show once their job has ended; until then the counts go on. */
function refreshAfterJobs(name, signal, render) {
  const refresh = async () => {
    const now = await get(at(name), {}, signal);
    const told = document.querySelector(".counts");
    if (told) told.textContent = counts(now);
    if (scrollY < 200) await render(now); // whoever is looking further down is not thrown back
  };
  listen((job) => {
    if (job.collection === name && CHANGES.has(job.kind) && job.finished_at) refresh().catch(() => {});
  }, signal);
}
