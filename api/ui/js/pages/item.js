// One item: its pictures, its attributes, what looks like it.

import { may } from "../about.js";
import { at, call, get } from "../api.js";
import { fill, h, say } from "../dom.js";
import { bytes, called, counted, when } from "../format.js";
import { askFirst } from "../parts/dialogs.js";
import { attributesEditor } from "../parts/attributes.js";
import { resultCard } from "../parts/results.js";
import { picture } from "../parts/pictures.js";
import { loading, problem } from "../parts/states.js";
import { go, to } from "../router.js";

const ALIKE = 12;

export async function item({ name, sku, signal }) {
  const [found, writer] = await Promise.all([get(at(name, "items", sku), {}, signal), may("write")]);
  const alike = h("div", {}, loading());
  showAlike(name, sku, alike, signal);
  return [
    h("p", { class: "back" }, h("a", { href: to("c", name) }, `← ${name}`)),
    h("div", { class: "head" }, h("div", {}, h("h1", {}, called(found)), h("p", {}, called(found) === sku ? "" : `${sku} · `, counted(found.images.length, "view"))),
      writer ? h("button", { class: "danger", onclick: () => remove(name, sku) }, "Delete") : null),
    h("div", { class: "two" },
      gallery(name, found),
      h("div", { class: "stack" },
        h("section", { class: "panel" }, h("h2", {}, "Attributes"), attributesEditor(name, found, writer)),
        h("section", { class: "panel" }, h("h2", {}, "Pictures"), pictureFacts(found)))),
    h("section", { class: "below" }, h("h2", {}, "Looks like it"), alike),
  ];
}

function gallery(name, { sku, images }) {
  const large = h("div", { class: "large-picture" });
  const choose = (image) => {
    fill(large, picture({ collection: name, sku, view: image.view, size: 900, alt: `${sku}, ${image.view}`, eager: true }));
    for (const button of views.children) button.setAttribute("aria-pressed", button.dataset.view === image.view);
  };
  const views = h("div", { class: "views" }, images.length > 1 ? images.map((image) =>
    h("button", { type: "button", "data-view": image.view, "aria-label": `View ${image.view}`, onclick: () => choose(image) },
      picture({ collection: name, sku, view: image.view, size: 128 }))) : null);
  if (images.length) choose(images[0]);
  return h("div", { class: "stack" }, large, views);
}

const pictureFacts = ({ images, created_at: made, updated_at: changed }) => h("dl", { class: "facts small" },
  images.map((image) => [h("dt", {}, image.view), h("dd", {}, `${image.width} × ${image.height} ${image.format}, ${bytes(image.bytes)}`)]),
  h("dt", {}, "added"), h("dd", {}, when(made)), h("dt", {}, "changed"), h("dd", {}, when(changed)));

async function showAlike(name, sku, place, signal) {
  try {
    const { matches } = await get(at(name, "items", sku, "similar"), { limit: ALIKE }, signal);
    fill(place, matches.length
      ? h("ul", { class: "cards" }, matches.map((match) => resultCard(name, match)))
      : h("p", { class: "soft" }, "Nothing else is here yet."));
  } catch (error) {
    if (!signal.aborted) fill(place, problem(error));
  }
}

async function remove(name, sku) {
  const gone = await askFirst({
    title: `Delete ${sku}?`,
    words: "It is gone at once from searches and from everybody's recommendations, with its pictures and attributes.",
    action: "Delete",
    danger: true,
    act: () => call("DELETE", at(name, "items", sku)),
  });
  if (gone) {
    say(`${sku} was deleted`);
    go("c", name);
  }
}
