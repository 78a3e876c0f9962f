// One item: its images, attributes and similar items.

import { collectionPath, get, remove } from "../api.js";
import { announce, fill, h } from "../dom.js";
import { formatBytes, formatDateTime, itemName, pluralize } from "../format.js";
import { attributeTypes } from "../parts/attribute_types.js";
import { attributesEditor } from "../parts/attributes.js";
import { confirmAction } from "../parts/dialogs.js";
import { matchCard } from "../parts/grid.js";
import { itemImage } from "../parts/images.js";
import { backLink, factList, pageHeader, panel } from "../parts/layout.js";
import { loading, showProblem } from "../parts/states.js";
import { navigate, pageUrl } from "../router.js";
import { hasRole } from "../server_info.js";

const MAX_SIMILAR = 12;

export async function itemPage({ name, sku, signal }) {
  const [item, types, canWrite] = await Promise.all([
    get(collectionPath(name, "items", sku), {}, signal), attributeTypes(name, signal), hasRole("write"),
  ]);
  const similarItems = h("div", {}, loading());
  showSimilarItems(similarItems, name, sku, signal);
  const title = itemName(item);
  return [
    backLink(pageUrl("c", name), name),
    pageHeader(title, [title === sku ? "" : `${sku} · `, pluralize(item.images.length, "image")],
      canWrite ? h("button", { class: "danger", onclick: () => deleteItem(name, sku) }, "Delete") : null),
    h("div", { class: "item-columns" }, gallery(name, item),
      h("div", { class: "stack" },
        panel("Attributes", attributesEditor(name, item, types, canWrite)), panel("Images", imageFacts(item)))),
    h("section", { class: "similar-items" }, h("h2", {}, "Similar items"), similarItems),
  ];
}

function gallery(name, { sku, images }) {
  const largeImage = h("div", { class: "large-image" });
  const select = ({ view }) => {
    fill(largeImage, itemImage({ collection: name, sku, view, size: 900, alt: `${sku}, ${view}`, eager: true }));
    for (const button of thumbnails.children) button.setAttribute("aria-pressed", button.dataset.view === view);
  };
  const thumbnail = (image) => h("button", {
    type: "button", "data-view": image.view, "aria-label": `View ${image.view}`, onclick: () => select(image),
  }, itemImage({ collection: name, sku, view: image.view, size: 128 }));
  const thumbnails = h("div", { class: "views" }, images.length > 1 ? images.map(thumbnail) : null);
  if (images.length) select(images[0]);
  return h("div", { class: "stack" }, largeImage, thumbnails);
}

const imageFacts = ({ images, created_at: createdAt, updated_at: updatedAt }) => factList([
  ...images.map(({ view, width, height, format, bytes }) => [view, `${width} × ${height} ${format}, ${formatBytes(bytes)}`]),
  ["added", formatDateTime(createdAt)], ["updated", formatDateTime(updatedAt)],
]);

const showSimilarItems = (container, name, sku, signal) => showProblem(container, async () => {
  const { matches } = await get(collectionPath(name, "items", sku, "similar"), { limit: MAX_SIMILAR }, signal);
  fill(container, matches.length
    ? h("ul", { class: "cards" }, matches.map((match) => matchCard(name, match)))
    : h("p", { class: "muted" }, "There are no other items yet."));
}, signal);

const deleteItem = (name, sku) => confirmAction({
  title: `Delete ${sku}?`, action: "Delete", isDangerous: true,
  message: "The item will be deleted with its images and attributes, and will disappear from searches and recommendations at once.",
  onSubmit: async () => {
    await remove(collectionPath(name, "items", sku));
    announce(`${sku} deleted`);
    navigate("c", name);
  },
});
