// What is wrong with the images of a collection: counts by problem, and the images of one problem.

import { collectionPath, get } from "../api.js";
import { fill, h } from "../dom.js";
import { formatNumber, pluralize } from "../format.js";
import { collectionFrame } from "../parts/collection_frame.js";
import { itemImage } from "../parts/images.js";
import { moreButton } from "../parts/more_button.js";
import { emptyState, showProblem } from "../parts/states.js";
import { pageUrl } from "../router.js";

const PAGE_SIZE = 60;
export const PROBLEMS = {
  blurred: ["Blurred", "No edge is sharp, even at the size at which images are compared."],
  tiny: ["Tiny", "The shorter side has fewer than 200 pixels."],
  dark: ["Dark", "Hardly anything in the image is bright."],
  placeholder: ["One colour", "The image shows nothing but one colour."],
  framed: ["Framed", "The image has bars or a frame of one colour."],
  text_only: ["Only text", "The image shows text instead of a product, such as “no image available”."],
  repeated: ["Repeated", "At least ten items have this very file as an image."],
};

/** The name of a problem; unknown ones keep theirs. */
export const problemName = (problem) => PROBLEMS[problem]?.[0] ?? problem;

export const healthPage = ({ name, signal }) => collectionFrame(name, "health", signal, async () => {
  const first = await get(collectionPath(name, "health"), { limit: PAGE_SIZE }, signal);
  const { images, problems, not_assessed: notAssessed } = first;
  const found = Object.keys(PROBLEMS).filter((problem) => problems[problem]);
  if (!found.length && !notAssessed) {
    return emptyState(images ? "No problems found" : "No images yet",
      images ? `${pluralize(images, "image")} looked at: none is blurred, tiny, dark, framed or a placeholder.`
        : "Images are looked at when they are imported.");
  }
  const list = h("div", { class: "stack" });
  const buttons = [null, ...found].map((problem) => h("button", {
    "aria-pressed": String(problem === null), onclick: (event) => choose(problem, event.currentTarget),
  }, problem ? `${PROBLEMS[problem][0]} · ${formatNumber(problems[problem])}` : "All problems"));
  const message = h("div", {});
  const choose = (problem, button) => showProblem(message, async () => {
    const page = await get(collectionPath(name, "health"), { limit: PAGE_SIZE, problem }, signal);
    for (const other of buttons) other.ariaPressed = String(other === button);
    showImages(list, name, problem, page, signal);
  }, signal);
  showImages(list, name, null, first, signal);
  return h("div", { class: "stack" },
    h("p", { class: "muted" }, "Nothing is refused because of these problems. The images are found and shown like all others."),
    notAssessed ? h("p", { class: "note" },
      `${pluralize(notAssessed, "image")} not looked at yet; rebuild the vectors in the settings to do so.`) : null,
    h("div", { class: "row problems", role: "group", "aria-label": "Problems" }, buttons), message, list);
});

function showImages(list, name, problem, page, signal) {
  const cards = h("ul", { class: "cards", "aria-label": "Images with problems" }, page.items.map((image) => card(name, image)));
  const more = moreButton("More images", page.next_cursor,
    (cursor) => get(collectionPath(name, "health"), { limit: PAGE_SIZE, problem, cursor }, signal),
    (items) => cards.append(...items.map((image) => card(name, image))));
  fill(list, problem ? h("p", { class: "muted" }, PROBLEMS[problem][1]) : null, cards, more);
}

const card = (collection, { sku, view, problems }) => h("li", { class: "card" },
  itemImage({ collection, sku, view, size: 320 }),
  h("div", { class: "name" }, h("a", { href: pageUrl("c", collection, "items", sku) }, sku)),
  h("div", { class: "line" }, h("span", {}, problems.map(problemName).join(", ")), h("span", {}, view)));
