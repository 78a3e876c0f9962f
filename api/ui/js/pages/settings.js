// Settings of a collection: description, encoder, groups, attribute types, rules, vectors and deletion.

import { call, collectionPath, get, remove } from "../api.js";
import { announce, fill, form, h } from "../dom.js";
import { formatDateTime, pluralize } from "../format.js";
import { attributeTypes, attributeTypesPanel } from "../parts/attribute_types.js";
import { collectionFrame } from "../parts/collection_frame.js";
import { confirmDeletion } from "../parts/dialogs.js";
import { encoderSelect, weightsHint } from "../parts/encoders.js";
import { field, panel } from "../parts/layout.js";
import { rulesPanel } from "../parts/rules.js";
import { showProblem } from "../parts/states.js";
import { navigate } from "../router.js";
import { hasRole } from "../server_info.js";
import { trackJob } from "../uploads.js";

export const settingsPage = ({ name, signal }) => collectionFrame(name, "settings", signal, async (collection) => {
  const [isAdmin, canWrite, { items: encoders }, types] = await Promise.all([
    hasRole("admin"), hasRole("write"), get("v1/encoders", {}, signal), attributeTypes(name, signal),
  ]);
  if (!canWrite) return h("p", { class: "note" }, "Your API key can only read this collection.");
  const panels = [attributeTypesPanel(name, types), await rulesPanel(name, types, signal)];
  return h("div", { class: "stack settings" }, isAdmin
    ? [generalPanel(collection, encoders, types), panels, vectorsPanel(collection), deletionPanel(collection)]
    : [h("p", { class: "note" }, "Changing or deleting the collection requires an API key with the role admin."), panels]);
});

function generalPanel(collection, encoders, types) {
  const message = h("div", {});
  const save = ({ description, encoder, group_by: groupBy }) => showProblem(message, async () => {
    const json = { description, encoder, group_by: groupBy || null };
    const response = await call("PATCH", collectionPath(collection.name), { json });
    const isJob = Boolean(response.kind); // only a new encoder requires a job
    if (isJob) trackJob(response, `Encoder ${encoder}`);
    announce("Saved");
    const note = isJob ? "The new vectors are being built; until then, searches use the current vectors." : "Saved.";
    fill(message, h("p", { class: "note" }, note));
  });
  return panel("General",
    form({ class: "stack" }, save,
      field("description", "Description", h("textarea", {
        id: "description", name: "description", rows: 2, maxlength: 2000, value: collection.description,
      })),
      field("encoder", "Encoder", encoderSelect(encoders, collection.encoder),
        ["A different encoder requires new vectors of all images, which are built in the background. ", weightsHint(encoders)]),
      field("group-by", "Group variants by", groupSelect(collection.group_by, types),
        "Items with the same value are variants, such as the colours of one shirt, of which only one is shown."),
      message,
      h("div", { class: "row" },
        h("button", { class: "primary" }, "Save"),
        h("span", { class: "muted small" }, `created ${formatDateTime(collection.created_at)}`))));
}

/** A field with the attributes that can group items. */
function groupSelect(current, types) {
  const names = [...types].filter(([name, type]) => name === current || !["list", "object"].includes(type)).map(([name]) => name);
  const option = (value, text) => h("option", { value, selected: value === (current ?? "") }, text);
  return h("select", { id: "group-by", name: "group_by" }, option("", "No groups: every item is shown"),
    (current && !types.has(current) ? [current, ...names] : names).map((name) => option(name, name)));
}

const RECIPES = { "auto": "fit if that is due", "fitted-1": "fit to the images now", "parts-1": "do not fit to the images" };

function vectorsPanel({ name, recipe }) {
  const message = h("div", {});
  const rebuild = (json, label) => showProblem(message, async () => {
    trackJob(await call("POST", collectionPath(name, "rebuild"), { json }), label);
  });
  const select = h("select", { id: "recipe", name: "recipe" },
    Object.entries(RECIPES).map(([value, text]) => h("option", { value }, `${text}${value === recipe ? " (as now)" : ""}`)));
  return panel("Vectors",
    h("p", { class: "muted" }, "Vectors are computed from the stored images and can be rebuilt at any time."), message,
    field("recipe", "Recipe", select, "Fitted vectors have learnt from the images of this collection. A fit needs about 256 images."),
    h("div", { class: "row" },
      h("button", { onclick: () => rebuild({ repair: true }, "Repair") }, "Repair differences"),
      h("button", { onclick: () => rebuild({ recipe: select.value }, "Rebuild") }, "Rebuild all")));
}

function deletionPanel({ name, items }) {
  const deleteCollection = () => confirmDeletion({
    subject: name, name,
    message: `${pluralize(items, "item")} with their images, all sales and all recommendations will be permanently deleted.`,
    onSubmit: async () => {
      trackJob(await remove(collectionPath(name), { kind: "delete-collection", collection: name }), "Deletion");
      navigate();
    },
  });
  return panel("Delete", h("p", { class: "muted" }, "Deletes the collection and everything in it."),
    h("div", {}, h("button", { class: "danger", onclick: deleteCollection }, "Delete this collection")));
}
