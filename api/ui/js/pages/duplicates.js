// Items that seem to be the same picture, the same product, or variants of one product.

import { call, collectionPath, get } from "../api.js";
import { announce, fill, h } from "../dom.js";
import { collectionFrame } from "../parts/collection_frame.js";
import { isDeleted, onDeletion } from "../parts/deletions.js";
import { itemImage } from "../parts/images.js";
import { detailsOf, nameOf, skuBeside, viewAmongOthers } from "../parts/item_names.js";
import { confirmItemDeletion } from "../parts/item_deletion.js";
import { confirmImageDeletion } from "../parts/item_views.js";
import { moreButton } from "../parts/more_button.js";
import { emptyState, showProblem } from "../parts/states.js";
import { pageUrl } from "../router.js";
import { hasRole } from "../server_info.js";
import { words } from "../words.js";

const PAGE_SIZE = 30;
const KINDS = words.duplicates.kinds;
const DEFAULT_STYLE = "style"; // the attribute of variants, if the collection does not group its items

export const duplicatesPage = ({ name, signal }) => collectionFrame(name, "duplicates", signal, async (collection) => {
  const canWrite = await hasRole("write");
  const list = h("div", { class: "stack" });
  const show = (kind) => showProblem(list, async () => {
    const page = await get(collectionPath(name, "duplicates"), { kind, limit: PAGE_SIZE }, signal);
    showGroups(list, { collection, kind, canWrite, signal }, page);
  }, signal);
  const buttons = Object.entries(KINDS).map(([kind, [label]], number) => h("button", {
    "aria-pressed": String(number === 0),
    onclick: ({ currentTarget }) => {
      for (const button of buttons) button.ariaPressed = String(button === currentTarget);
      show(kind);
    },
  }, label));
  show("same_picture");
  return h("div", { class: "stack" }, h("div", { class: "row kinds", role: "group", "aria-label": words.duplicates.label }, buttons), list);
});

function showGroups(list, context, page) {
  if (!page.items.length) {
    return fill(list, page.found_at ? emptyState(words.duplicates.noneTitle, words.duplicates.none(page.found_at))
      : emptyState(words.duplicates.notLookedForTitle, words.duplicates.notLookedFor));
  }
  const groups = h("div", { class: "stack" }, page.items.map((group) => groupPanel(group, context)));
  const query = { kind: context.kind, limit: PAGE_SIZE };
  const more = moreButton(words.duplicates.more, page.next_cursor,
    (cursor) => get(collectionPath(context.collection.name, "duplicates"), { ...query, cursor }, context.signal),
    (items) => groups.append(...items.map((group) => groupPanel(group, context))));
  fill(list, h("p", { class: "muted" }, KINDS[context.kind][1]), groups, more);
}

function groupPanel({ members }, { collection, kind, canWrite, signal }) {
  const { name } = collection;
  const removed = new Set();
  const message = h("div", {});
  const cards = h("ul", { class: "cards" });
  const node = h("section", { class: "panel stack" }, cards, message);
  const show = () => {
    const present = members.filter((member) => !removed.has(member) && !isDeleted(name, member.sku));
    node.hidden = present.length < 2;
    node.ariaLabel = words.duplicates.group(present.map(({ sku }) => sku));
    fill(cards, present.map((member) => memberCard(name, member, canWrite ? () => showProblem(message, () => deleteMember(member)) : null)));
  };
  const deleteMember = async (member) => {
    const item = await get(collectionPath(name, "items", member.sku), {}, signal);
    if (item.images.length < 2) return void confirmItemDeletion(name, member.sku);
    confirmImageDeletion(name, item, member.view, () => {
      removed.add(member);
      show();
    });
  };
  show();
  onDeletion(name, show, signal);
  if (canWrite && kind === "variants") node.append(h("div", { class: "row" }, variantsButton(collection, members, message)));
  return node;
}

function variantsButton(collection, members, message) {
  const attribute = collection.group_by ?? DEFAULT_STYLE;
  const mark = () => showProblem(message, async () => {
    for (const { sku } of members) {
      const json = { attributes: { [attribute]: members[0].sku } };
      await call("PATCH", collectionPath(collection.name, "items", sku), { json });
    }
    announce(words.pages.saved);
    fill(message, h("p", { class: "muted" }, words.duplicates.areVariants(attribute, members[0].sku)));
  });
  return h("button", { onclick: mark }, words.duplicates.makeVariants(attribute));
}

const memberCard = (collection, { sku, view }, onDelete) => h("li", { class: "card" }, itemImage({ collection, sku, view, size: 320 }),
  h("div", { class: "name" }, h("a", { href: pageUrl("c", collection, "items", sku) }, nameOf(collection, sku))),
  [detailsOf(collection, sku), skuBeside(collection, sku), viewAmongOthers(collection, sku, view)].map((text) => h("div", { class: "line" }, text)),
  onDelete ? h("button", { class: "plain danger raised", "aria-label": words.item.delete(sku), onclick: onDelete }, words.actions.delete) : null);
