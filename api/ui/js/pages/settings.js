// Settings of a collection: description, encoder, attribute types, vectors and deletion.

import { call, collectionPath, get, remove } from "../api.js";
import { announce, fill, form, h } from "../dom.js";
import { formatDateTime, pluralize } from "../format.js";
import { attributeTypes, attributeTypesPanel } from "../parts/attribute_types.js";
import { collectionFrame } from "../parts/collection_frame.js";
import { confirmDeletion } from "../parts/dialogs.js";
import { encoderSelect, weightsHint } from "../parts/encoders.js";
import { field, panel } from "../parts/layout.js";
import { showProblem } from "../parts/states.js";
import { navigate } from "../router.js";
import { hasRole } from "../server_info.js";
import { trackJob } from "../uploads.js";

export const settingsPage = ({ name, signal }) => collectionFrame(name, "settings", signal, async (collection) => {
  const [isAdmin, canWrite, { items: encoders }, types] = await Promise.all([
    hasRole("admin"), hasRole("write"), get("v1/encoders", {}, signal), attributeTypes(name, signal),
  ]);
  if (!canWrite) return h("p", { class: "note" }, "Your API key can only read this collection.");
  const attributes = attributeTypesPanel(name, types);
  return h("div", { class: "stack narrow" }, isAdmin
    ? [generalPanel(collection, encoders), attributes, vectorsPanel(name), deletionPanel(collection)]
    : [h("p", { class: "note" }, "Changing or deleting the collection requires an API key with the role admin."), attributes]);
});

function generalPanel(collection, encoders) {
  const message = h("div", {});
  const save = ({ description, encoder }) => showProblem(message, async () => {
    const response = await call("PATCH", collectionPath(collection.name), { json: { description, encoder } });
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
      message,
      h("div", { class: "row" },
        h("button", { class: "primary" }, "Save"),
        h("span", { class: "muted small" }, `created ${formatDateTime(collection.created_at)}`))));
}

function vectorsPanel(name) {
  const message = h("div", {});
  const rebuild = (repair) => () => showProblem(message, async () => {
    trackJob(await call("POST", collectionPath(name, "rebuild"), { json: { repair } }), repair ? "Repair" : "Rebuild");
  });
  return panel("Vectors",
    h("p", { class: "muted" }, "Vectors are computed from the stored images and can be rebuilt at any time."), message,
    h("div", { class: "row" },
      h("button", { onclick: rebuild(true) }, "Repair differences"),
      h("button", { onclick: rebuild(false) }, "Rebuild all")));
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
