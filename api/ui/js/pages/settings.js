// Settings of a collection: description, groups, attribute types, rules, deletion, and how images are compared.

import { call, collectionPath, get, remove } from "../api.js";
import { announce, fill, form, h } from "../dom.js";
import { attributeTypes, attributeTypesPanel, singleValued } from "../parts/attribute_types.js";
import { collectionFrame } from "../parts/collection_frame.js";
import { confirmDeletion } from "../parts/dialogs.js";
import { encoderSelect, weightsHint } from "../parts/encoders.js";
import { field, options, panel } from "../parts/layout.js";
import { rulesPanel } from "../parts/rules.js";
import { showProblem } from "../parts/states.js";
import { navigate } from "../router.js";
import { hasRole } from "../server_info.js";
import { trackJob } from "../uploads.js";
import { words } from "../words.js";

const texts = words.settings.specialists;

export const settingsPage = ({ name, signal }) => collectionFrame(name, "settings", signal, async (collection) => {
  const [isAdmin, canWrite, { items: encoders }, types] = await Promise.all([
    hasRole("admin"), hasRole("write"), get("v1/encoders", {}, signal), attributeTypes(name, signal),
  ]);
  if (!canWrite) return h("p", { class: "note" }, words.settings.readOnly);
  const panels = [await rulesPanel(name, types, signal), attributeTypesPanel(name, types)];
  return h("div", { class: "stack settings" }, isAdmin
    ? [panels, generalPanel(collection, types), deletionPanel(collection), comparisonPanel(collection, encoders)]
    : [h("p", { class: "note" }, words.settings.needsAdmin), panels]);
});

function generalPanel(collection, types) {
  const message = h("div", {});
  const save = ({ description, group_by: groupBy }) => showProblem(message, async () => {
    await call("PATCH", collectionPath(collection.name), { json: { description, group_by: groupBy || null } });
    announce(words.pages.saved);
    fill(message, h("p", { class: "note" }, words.settings.saved));
  });
  return panel(words.settings.general,
    form({ class: "stack" }, save,
      field("description", words.settings.description, h("textarea", {
        id: "description", name: "description", rows: 2, maxlength: 2000, value: collection.description,
      })),
      field("group-by", words.settings.groupBy, groupSelect(collection.group_by, types),
        words.settings.groupByHint),
      message,
      h("div", { class: "row" },
        h("button", { class: "primary" }, words.actions.save),
        h("span", { class: "muted small" }, words.settings.created(collection.created_at)))));
}

/** A field with the attributes that can group items. */
function groupSelect(current, types) {
  const single = singleValued(types);
  const names = current && !single.includes(current) ? [current, ...single] : single;
  return h("select", { id: "group-by", name: "group_by" },
    options([["", words.settings.noGroups], ...names.map((name) => [name, name])], current ?? ""));
}

/** How images are compared, folded: the encoder, and its vectors. */
function comparisonPanel({ name, encoder: current, changing_to: next, recipe }, encoders) {
  const message = h("div", {});
  const change = ({ encoder }) => showProblem(message, async () => {
    const response = await call("PATCH", collectionPath(name), { json: { encoder } });
    if (!response.kind) return; // the same encoder requires no job
    trackJob(response, texts.encoderJob);
    fill(message, h("p", { class: "note", role: "status" }, texts.vectorsAreBuilt));
  });
  const rebuild = (json, label) => showProblem(message, async () => {
    trackJob(await call("POST", collectionPath(name, "rebuild"), { json }), label);
  });
  const select = h("select", { id: "recipe", name: "recipe" }, Object.entries(texts.recipes).map(([value, text]) =>
    h("option", { value }, value === recipe ? texts.currentRecipe(text) : text)));
  return h("details", { class: "panel specialists" }, h("summary", {}, texts.title), h("div", { class: "stack" },
    h("p", { class: "muted" }, words.encoders.current(current, next)), message,
    form({ class: "stack" }, change,
      field("encoder", texts.encoder, encoderSelect(encoders, current), [texts.encoderHint, weightsHint(encoders)]),
      h("div", {}, h("button", {}, texts.change))),
    h("p", { class: "muted" }, texts.vectorsHint), field("recipe", texts.recipe, select, texts.recipeHint),
    h("div", { class: "row" },
      h("button", { onclick: () => rebuild({ repair: true }, texts.repairJob) }, texts.repair),
      h("button", { onclick: () => rebuild({ recipe: select.value }, texts.rebuildJob) }, texts.rebuild))));
}

function deletionPanel({ name, items }) {
  const deleteCollection = () => confirmDeletion({
    name,
    message: words.settings.whatIsDeleted(items),
    onSubmit: async () => {
      trackJob(await remove(collectionPath(name), { kind: "delete-collection", collection: name }), words.settings.deletionJob);
      navigate();
    },
  });
  return panel(words.settings.deletion, h("p", { class: "muted" }, words.settings.deletionHint),
    h("div", {}, h("button", { class: "danger", onclick: deleteCollection }, words.settings.deleteCollection)));
}
