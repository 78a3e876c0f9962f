// One item: its images, attributes and similar items.

import { collectionPath, get } from "../api.js";
import { debounce, fill, h, inOrder, sleep } from "../dom.js";
import { formatDateTime, itemName } from "../format.js";
import { subscribe } from "../job_events.js";
import { attributeTypes } from "../parts/attribute_types.js";
import { attributesEditor } from "../parts/attributes.js";
import { availabilityBadge, availabilityPanel } from "../parts/availability.js";
import { gallery } from "../parts/gallery.js";
import { matchCard } from "../parts/grid.js";
import { rememberVersions } from "../parts/images.js";
import { confirmItemDeletion } from "../parts/item_deletion.js";
import { viewsList } from "../parts/item_views.js";
import { backLink, factList, pageHeader, panel } from "../parts/layout.js";
import { colourSlider } from "../parts/slider.js";
import { loading, showProblem } from "../parts/states.js";
import { navigate, pageUrlAsLeft, renderPage } from "../router.js";
import { hasRole } from "../server_info.js";
import { words } from "../words.js";

const MAX_SIMILAR = 12;
const EDITING_MS = 500; // between looks whether a form is still open

export async function itemPage({ name, sku, signal }) {
  const [item, types, canWrite] = await Promise.all([
    get(collectionPath(name, "items", sku), {}, signal), attributeTypes(name, signal), hasRole("write"),
  ]);
  rememberVersions(name, item);
  const title = itemName(item);
  const badge = h("span", {});
  const showBadge = () => fill(badge, availabilityBadge(item));
  showBadge();
  refreshAfterImport(name, item, signal);
  return [
    backLink(pageUrlAsLeft("c", name), name),
    pageHeader(title, [title === sku ? "" : `${sku} · `, words.counts.images(item.images.length), " ", badge],
      canWrite ? h("button", { class: "danger", onclick: () => confirmItemDeletion(name, sku, () => navigate("c", name)) }, words.actions.delete) : null),
    h("div", { class: "item-columns" }, gallery(name, item),
      h("div", { class: "stack" }, canWrite ? availabilityPanel(name, item, showBadge) : null,
        panel(words.attributes.title, attributesEditor(name, item, types, canWrite)), panel(words.images.title, viewsList(name, item, canWrite), dateFacts(item)))),
    h("section", { class: "similar-items" }, h("h2", {}, words.item.similar), similarItems(name, sku, signal)),
  ];
}

/** Show the item again if an import has changed it, once the user is not editing anything. */
function refreshAfterImport(name, { sku, updated_at: shown }, signal) {
  const refresh = async () => {
    const { updated_at: current } = await get(collectionPath(name, "items", sku), {}, signal);
    if (current === shown) return;
    while (document.querySelector("main form, dialog")) await sleep(EDITING_MS, signal);
    renderPage();
  };
  subscribe(({ collection, kind, finished_at: finishedAt }) => {
    if (collection === name && kind === "ingest" && finishedAt) refresh().catch(() => {});
  }, signal);
}

const dateFacts = ({ created_at: createdAt, updated_at: updatedAt }) =>
  factList([[words.item.added, formatDateTime(createdAt)], [words.item.updated, formatDateTime(updatedAt)]]);

/** The similar items, and a slider for the weight of colour. */
function similarItems(name, sku, signal) {
  const list = h("div", { "aria-live": "polite" }, loading());
  const begin = inOrder();
  const show = (colour) => showProblem(list, async () => {
    const isNews = begin();
    const request = get(collectionPath(name, "items", sku, "similar"), { limit: MAX_SIMILAR, colour }, signal);
    const answer = await request.catch((error) => { if (isNews()) throw error; });
    if (!answer || !isNews()) return; // a later request was answered before
    const { matches } = answer;
    fill(list, matches.length
      ? h("ul", { class: "cards" }, matches.map((match) => matchCard(name, match)))
      : h("p", { class: "muted" }, words.item.noOthers));
  }, signal);
  show(null);
  const colour = h("div", { class: "narrow" });
  showProblem(colour, async () => {
    const { colour_weight: usual } = await get(collectionPath(name), {}, signal);
    if (usual !== null) fill(colour, colourSlider(usual, null, debounce(show)));
  }, signal);
  return h("div", { class: "stack" }, colour, list);
}
