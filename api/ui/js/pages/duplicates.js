// Items that seem to be the same picture, the same product, or variants of one product.

import { call, collectionPath, get } from "../api.js";
import { announce, fill, h } from "../dom.js";
import { formatDateTime, pluralize } from "../format.js";
import { collectionFrame } from "../parts/collection_frame.js";
import { itemImage } from "../parts/images.js";
import { confirmItemDeletion } from "../parts/item_deletion.js";
import { moreButton } from "../parts/more_button.js";
import { emptyState, showProblem } from "../parts/states.js";
import { pageUrl } from "../router.js";
import { hasRole } from "../server_info.js";

const PAGE_SIZE = 30;
const KINDS = {
  same_picture: ["Same picture", "These items have the same picture, perhaps cropped, resized or compressed."],
  same_product: ["Same product", "These pictures seem to show the same product."],
  variants: ["Variants", "These pictures show the same shape in other colours."],
};
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
  return h("div", { class: "stack" }, h("div", { class: "row kinds", role: "group", "aria-label": "Kinds of duplicates" }, buttons), list);
});

function showGroups(list, context, page) {
  if (!page.items.length) {
    return fill(list, page.found_at ? emptyState("None found", `Last looked for on ${formatDateTime(page.found_at)}.`)
      : emptyState("Not looked for yet", "Duplicates are looked for after each import, together with similar items."));
  }
  const groups = h("div", { class: "stack" }, page.items.map((group) => groupPanel(group, context)));
  const query = { kind: context.kind, limit: PAGE_SIZE };
  const more = moreButton("More groups", page.next_cursor,
    (cursor) => get(collectionPath(context.collection.name, "duplicates"), { ...query, cursor }, context.signal),
    (items) => groups.append(...items.map((group) => groupPanel(group, context))));
  fill(list, h("p", { class: "muted" }, KINDS[context.kind][1]), groups, more);
}

function groupPanel({ members }, { collection, kind, canWrite }) {
  const message = h("div", {});
  const node = h("section", { class: "panel stack", "aria-label": pluralize(members.length, "item") },
    h("ul", { class: "cards" }, members.map((member) => memberCard(collection.name, member, canWrite))), message);
  if (canWrite && kind === "variants") {
    const attribute = collection.group_by ?? DEFAULT_STYLE;
    const mark = () => showProblem(message, async () => {
      for (const { sku } of members) {
        const json = { attributes: { [attribute]: members[0].sku } };
        await call("PATCH", collectionPath(collection.name, "items", sku), { json });
      }
      announce("Saved");
      fill(message, h("p", { class: "muted" }, `All have “${attribute}” = ${members[0].sku} now.`));
    });
    node.append(h("div", { class: "row" }, h("button", { onclick: mark }, `Give all the same “${attribute}”`)));
  }
  return node;
}

function memberCard(collection, { sku, view }, canWrite) {
  const card = h("li", { class: "card" }, itemImage({ collection, sku, view, size: 320 }),
    h("div", { class: "name" }, h("a", { href: pageUrl("c", collection, "items", sku) }, sku)));
  if (canWrite) {
    card.append(h("button", {
      class: "plain danger raised", "aria-label": `Delete ${sku}`, onclick: () => confirmItemDeletion(collection, sku, () => card.remove()),
    }, "Delete"));
  }
  return card;
}
