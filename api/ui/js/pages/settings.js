// What can be changed of a collection: its description, its network; and its end.

import { may } from "../about.js";
import { at, call, get } from "../api.js";
import { fill, h, say } from "../dom.js";
import { counted, when } from "../format.js";
import { askToDelete } from "../parts/dialogs.js";
import { encoderSelect, fetching } from "../parts/encoders.js";
import { frame } from "../parts/frame.js";
import { problem } from "../parts/states.js";
import { go } from "../router.js";
import { track } from "../uploads.js";

export const settings = ({ name, signal }) => frame(name, "settings", signal, async (collection) => {
  const [admin, writer, { items: encoders }] = await Promise.all([may("admin"), may("write"), get("v1/encoders", {}, signal)]);
  if (!writer) return h("p", { class: "note" }, "Your key may read this collection, not change it.");
  return h("div", { class: "stack narrow" },
    admin ? about(collection, encoders) : null,
    admin ? vectors(name) : null,
    admin ? end(collection) : h("p", { class: "note" }, "Changing or deleting the collection takes a key for admin."));
});

function about(collection, encoders) {
  const told = h("div", {});
  const save = async (event) => {
    event.preventDefault();
    const { description, encoder } = Object.fromEntries(new FormData(event.target));
    try {
      const answer = await call("PATCH", at(collection.name), { json: { description, encoder } });
      if (answer.kind) track(answer, `Network ${encoder}`);
      say("Saved");
      fill(told, h("p", { class: "note" }, answer.kind ? "The new vectors are being made; searches use the old ones until then." : "Saved."));
    } catch (error) {
      fill(told, problem(error));
    }
  };
  return h("section", { class: "panel" }, h("h2", {}, "About"),
    h("form", { class: "stack", onsubmit: save },
      h("div", {}, h("label", { for: "description" }, "Description"), h("textarea", { id: "description", name: "description", rows: 2, maxlength: 2000, value: collection.description })),
      h("div", {}, h("label", { for: "encoder" }, "Network"), encoderSelect(encoders, collection.encoder),
        h("p", { class: "hint" }, "Another network means new vectors for every picture, made beside the old ones. ", fetching(encoders))),
      told,
      h("div", { class: "row" }, h("button", { class: "main" }, "Save"), h("span", { class: "soft small" }, `created ${when(collection.created_at)}`))));
}

function vectors(name) {
  const told = h("div", {});
  const rebuild = (repair) => async () => {
    try {
      track(await call("POST", at(name, "rebuild"), { json: { repair } }), repair ? "Repair" : "Rebuild");
    } catch (error) {
      fill(told, problem(error));
    }
  };
  return h("section", { class: "panel" }, h("h2", {}, "Vectors"),
    h("div", { class: "stack" },
      h("p", { class: "soft" }, "They are made from the stored pictures, and can be made again at any time."), told,
      h("div", { class: "row" }, h("button", { onclick: rebuild(true) }, "Repair what is missing"), h("button", { onclick: rebuild(false) }, "Make all anew"))));
}

function end(collection) {
  const { name, items } = collection;
  const remove = async () => {
    const job = await askToDelete({
      what: name,
      name,
      words: `${counted(items, "item")} with their pictures, all sales and all recommendations are deleted for good.`,
      act: () => call("DELETE", at(name)),
    });
    if (!job) return;
    track(job, "Deletion");
    go();
  };
  return h("section", { class: "panel" }, h("h2", {}, "Delete"),
    h("div", { class: "stack" }, h("p", { class: "soft" }, "The collection with all that is in it."), h("div", {}, h("button", { class: "danger", onclick: remove }, "Delete this collection"))));
}
