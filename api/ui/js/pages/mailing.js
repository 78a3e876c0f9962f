// A file for the shop's newsletter: a few recommendations for each customer.

import { collectionPath, download, get, request } from "../api.js";
import { firstRows } from "../csv.js";
import { announce, fill, focusIfLost, h } from "../dom.js";
import { attributeTypes, singleValued } from "../parts/attribute_types.js";
import { collectionFrame } from "../parts/collection_frame.js";
import { itemImage } from "../parts/images.js";
import { backLink, field, options, panel } from "../parts/layout.js";
import { rememberFields } from "../parts/remembered_fields.js";
import { emptyState, loading, showProblem } from "../parts/states.js";
import { pageUrl } from "../router.js";
import { isLocal } from "../server_info.js";
import { USUAL_ATTRIBUTES, usualName } from "../usual_attributes.js";
import { words } from "../words.js";

const PREVIEW_CUSTOMERS = 3;
const FORMATS = {
  "csv": { format: "csv" }, "excel.csv": { format: "csv", bom: true }, "csv.gz": { format: "csv", gzip: true },
  "jsonl": { format: "jsonl" }, "jsonl.gz": { format: "jsonl", gzip: true },
};
const PEOPLE = [["", words.mailing.everybody], ...[30, 90, 365].map((days) => [days, words.mailing.boughtWithin(days)])];

export const mailingPage = ({ name, signal }) => collectionFrame(name, "customers", signal, async () => {
  const [{ generation }, types] = await Promise.all([
    get(collectionPath(name, "recommender"), {}, signal), attributeTypes(name, signal),
  ]);
  const back = backLink(pageUrl("c", name, "customers"), words.mailing.back);
  if (!generation) {
    return [back, emptyState(words.mailing.noListsTitle, words.mailing.noLists)];
  }
  const preview = h("div", { class: "stack" });
  const settings = mailingForm(name, types, preview, signal);
  if (settings.checkValidity()) showPreview(preview, name, settings, signal);
  return [back, h("div", { class: "stack" }, panel(words.mailing.title,
    h("p", { class: "muted" }, words.mailing.intro),
    h("details", { class: "specialists small" }, h("summary", {}, words.mailing.codesTitle), h("p", { class: "muted" }, words.mailing.codes)),
    settings), preview)];
});

function mailingForm(name, types, preview, signal) {
  const message = h("div", {});
  const save = h("button", { class: "primary" }, words.mailing.download);
  const onsubmit = async (event) => {
    event.preventDefault();
    save.disabled = true;
    fill(message, h("p", { class: "muted", role: "status" }, words.mailing.preparing));
    await showProblem(message, async () => {
      const { query, extension } = fileOptions(node);
      await download(collectionPath(name, "mailing"), query, `${name}-mailing.${extension}`);
      fill(message);
      announce(words.mailing.downloaded);
    }, signal);
    save.disabled = false;
    focusIfLost(save);
  };
  const onPreview = () => { if (node.reportValidity()) showPreview(preview, name, node, signal); };
  const node = h("form", { class: "stack", onsubmit }, fields(types), message,
    h("div", { class: "row" }, save, h("button", { type: "button", onclick: onPreview }, words.mailing.preview)));
  rememberFields(node, `lookalike-mailing-${name}`);
  return node;
}

function fields(types) {
  const names = singleValued(types);
  const known = (usual) => usualName(usual, names) ?? "";
  const link = known(["link", "url"]);
  const isOnlyHere = isLocal(location.hostname);
  return [
    h("div", { class: "two-columns" },
      field("people", words.mailing.people, choice("people", "bought_within", PEOPLE),
        words.mailing.peopleHint),
      field("items", words.mailing.items, h("input", {
        type: "number", id: "items", name: "items", min: 1, max: 20, value: 4, required: true,
      })),
      field("title", words.mailing.titles, attributeChoice("title", names, known(USUAL_ATTRIBUTES.titles), words.mailing.chooseAttribute, true), words.mailing.titlesHint),
      field("price", words.mailing.prices, attributeChoice("price", names, known(USUAL_ATTRIBUTES.prices), words.mailing.noPrices))),
    field("link", words.mailing.link, h("input", {
      id: "link", name: "link", list: "addresses", value: link, required: true, placeholder: "https://shop.example/p/{sku}",
    }), words.mailing.linkHint),
    field("image", words.mailing.image, h("input", {
      id: "image", name: "image", list: "addresses", required: isOnlyHere, placeholder: "https://shop.example/img/{sku}.jpg",
    }), isOnlyHere ? words.mailing.imageIsRequired(location.host) : words.mailing.imageHint),
    h("datalist", { id: "addresses" }, names.map((value) => h("option", { value }))),
    h("div", { class: "two-columns" },
      field("language", words.mailing.language, choice("language", "language", Object.entries(words.mailing.languages)), words.mailing.languageHint),
      field("format", words.mailing.format, choice("format", "format", Object.keys(FORMATS).map((name) => [name, words.mailing.formats[name]])), words.mailing.formatHint)),
  ];
}

const choice = (id, name, entries) => h("select", { id, name }, options(entries));

const attributeChoice = (id, names, usual, without, required = false) => h("select", { id, name: id, required },
  usual ? null : h("option", { value: "" }, without),
  options(names.map((value) => [value, value]), usual));

/** What a form asks for: the query of the request, and the end of the file's name. */
function fileOptions(node) {
  const { format, ...query } = Object.fromEntries(new FormData(node));
  return { query: { ...query, ...FORMATS[format] }, extension: format.replace("excel.", "") };
}

/** Show the first customers of the file, and what each of them gets. */
function showPreview(section, name, node, signal) {
  fill(section, loading());
  return showProblem(section, async () => {
    const query = { ...fileOptions(node).query, ...FORMATS.csv, gzip: undefined };
    const response = await request("GET", collectionPath(name, "mailing"), { query, signal });
    const [columns, ...rows] = await firstRows(response, 1 + PREVIEW_CUSTOMERS);
    fill(section, rows.length ? [h("h2", {}, words.mailing.preview), rows.map((row) => customer(name, columns, row))]
      : emptyState(words.mailing.emptyTitle, words.mailing.empty));
  }, signal);
}

function customer(name, columns, [user, ...cells]) {
  const values = new Map(cells.map((cell, n) => [columns[n + 1], cell]));
  const items = cells.map((_, n) => (part) => values.get(`item_${n + 1}_${part}`)).filter((valueOf) => valueOf("sku"));
  return h("section", { class: "stack tight" },
    h("h3", { class: "user-name" }, h("a", { href: pageUrl("c", name, "customers", user) }, user)),
    h("ol", { class: "recommendations" }, items.map((valueOf) => mailedItem(name, valueOf))));
}

const mailedItem = (name, valueOf) => h("li", { class: "card recommendation" },
  itemImage({ collection: name, sku: valueOf("sku"), size: 256 }),
  h("div", {},
    h("div", { class: "name" }, outside(valueOf("link"), valueOf("title"))),
    valueOf("price") ? h("p", {}, valueOf("price")) : null,
    h("p", { class: "muted small" }, valueOf("reason")),
    h("p", { class: "small raised" }, outside(valueOf("image_url"), words.mailing.imageInMail))));

const outside = (href, text) => h("a", { href, target: "_blank", rel: "noopener noreferrer" }, text);
