// The dialog of an import: it looks at the files first, says what it sees, and sends them once the user agrees.

import { fill, h } from "../dom.js";
import { openFormDialog } from "../parts/dialogs.js";
import { field } from "../parts/layout.js";
import { loading, showProblem } from "../parts/states.js";
import { serverInfo } from "../server_info.js";
import { words } from "../words.js";
import { namesPictures } from "./columns.js";
import { obstacle, sentencesAbout, warningsAbout, withheld } from "./findings.js";
import { folderQuestion, itemsOf, placed, withoutFolders } from "./folders.js";
import { lookAt } from "./look.js";
import { asksForEncoding, columnFields, columnsFor, encodingField, showsColumns } from "./mapping.js";
import { preview, withoutRow } from "./preview.js";
import { sendImport } from "./send.js";

const DEFAULT_ATTRIBUTE = "category";

/**
 * Look at `[path, File]` pairs and import them into a collection if the user agrees; `expected` is the kind of tables
 * that the user wants to import, if that is clear.
 */
export async function openImport(collection, entries, expected = null) {
  const dialog = new ImportDialog(collection, expected);
  openFormDialog({
    title: words.imports.title(collection), action: words.actions.import, isWide: true, body: dialog.body,
    isValid: () => dialog.canSend, onSubmit: () => dialog.send(),
  }).finally(() => dialog.closed.abort());
  await showProblem(dialog.body, () => dialog.look(entries), dialog.closed.signal);
}

class ImportDialog {
  constructor(collection, expected) {
    Object.assign(this, { collection, expected, canSend: false, closed: new AbortController(), attribute: DEFAULT_ATTRIBUTE, isCatalogue: false });
    this.body = h("div", { class: "stack import" }, loading());
  }

  async look(entries) {
    const [found, { limits }] = await Promise.all([lookAt(entries), serverInfo()]);
    Object.assign(this, { found, limits, pictures: placed(found.pictures, found.archives) });
    for (const table of found.tables.filter(({ archive }) => !archive)) table.kind = this.expected ?? table.kind;
    for (const table of found.tables) table.columns = columnsFor(this.collection, table);
    this.question = folderQuestion(this.pictures);
    this.meaning = this.question.guess;
    this.render();
  }

  /** Whether pictures or tables of items are sent. */
  get hasItems() {
    const { pictures, unseen, tables } = this.found;
    return pictures.length > 0 || unseen.length > 0 || tables.some(({ kind }) => kind === "items");
  }

  /** Whether the files may be all items of the shop: a list without pictures, such as prices, hardly is. */
  get mayBeCatalogue() {
    const { pictures, unseen, tables } = this.found;
    return pictures.length > 0 || unseen.length > 0 || tables.some((table) => table.kind === "items" && namesPictures(table));
  }

  render() {
    const { found, question, limits } = this;
    const problem = obstacle(found, limits);
    this.unnamed = withoutRow(this.pictures, found.tables);
    this.asksAboutFolders = folderQuestion(this.unnamed).folders > 0;
    this.canSend = !problem && (this.hasItems || found.tables.some(({ kind }) => kind === "sales"));
    this.warnings = h("div", { class: "stack" });
    this.preview = h("div", { class: "stack" });
    fill(this.body,
      problem ? h("p", { class: "problem", role: "alert" }, problem) : null,
      h("ul", { class: "findings", "aria-label": words.imports.findings }, sentencesAbout(found, question).map((text) => h("li", {}, text))),
      found.tables.filter(({ archive }) => !archive).map((table, n) => this.tableFields(table, n)),
      this.asksAboutFolders ? this.folderFields() : null, this.warnings, this.preview,
      this.mayBeCatalogue ? this.catalogueField() : null);
    this.showPreview();
    this.body.dispatchEvent(new Event("input", { bubbles: true })); // makes the dialog check again whether it can be sent
  }

  showPreview() {
    const { found, question, pictures, attribute, collection, isCatalogue, limits, asksAboutFolders } = this;
    const meaning = asksAboutFolders ? this.meaning : "item";
    fill(this.warnings, warningsAbout(found, question, { meaning, isCatalogue, limits }).map((text) => h("p", { class: "note" }, text)));
    fill(this.preview, preview(collection, found, pictures, { meaning, attribute, signal: this.closed.signal }));
  }

  folderFields() {
    const countOf = (meaning) => itemsOf(this.unnamed, meaning, "").length;
    const choice = (value, text) => h("label", { class: "choice" }, h("input", {
      type: "radio", name: "meaning", value, checked: this.meaning === value, onchange: () => {
        this.meaning = value;
        attribute.hidden = value !== "category";
        this.showPreview();
      },
    }), text);
    const attribute = h("div", { hidden: this.meaning !== "category" }, field("folder-attribute", words.imports.folderAttribute, h("input", {
      id: "folder-attribute", value: this.attribute, maxlength: 64, autocomplete: "off", required: true, oninput: ({ target }) => {
        this.attribute = target.value.trim() || DEFAULT_ATTRIBUTE;
        this.showPreview();
      },
    })));
    return h("fieldset", { class: "stack tight" }, h("legend", { class: "label" }, words.imports.folders),
      [...this.question.meanings].map((meaning) => choice(meaning, words.imports.foldersAre[meaning](countOf(meaning)))), attribute);
  }

  /** What a table is, if nobody knows, and its columns. */
  tableFields(table, number) {
    const id = `kind-${number}`;
    const option = ([value, text]) => h("option", { value, selected: value === table.kind }, text);
    const change = (changes, changedId) => {
      Object.assign(table, changes);
      table.columns = columnsFor(this.collection, table);
      this.render();
      document.getElementById(changedId)?.focus();
    };
    const kind = h("select", { id, onchange: ({ target: { value } }) => change({ kind: value }, id) }, Object.entries(words.imports.kinds).map(option));
    const isOpen = showsColumns(table) || asksForEncoding(table);
    const title = asksForEncoding(table) ? words.imports.columnsAndEncoding(table.path) : words.imports.columns(table.path);
    const remember = ({ target: { open } }) => Object.assign(table, { isOpen: open });
    return h("details", { class: "table-fields", open: table.isOpen ?? isOpen, ontoggle: remember }, h("summary", {}, title),
      h("div", { class: "stack" }, field(id, words.imports.kind, kind), encodingField(table, number, change),
        columnFields(table, number, () => this.showPreview())));
  }

  catalogueField() {
    const isIncomplete = withheld(this.found).length > 0; // the items in these files would be deleted
    return h("label", { class: "choice" }, h("input", { type: "checkbox", checked: this.isCatalogue, disabled: isIncomplete, onchange: ({ target }) => {
      this.isCatalogue = target.checked;
      this.showPreview();
    } }), isIncomplete ? words.catalogue.incomplete : words.catalogue.option);
  }

  send() {
    const { found, pictures } = this;
    const meaning = this.asksAboutFolders ? this.meaning : "item";
    const options = meaning === "category" ? { folders: this.attribute } : {};
    const entries = meaning === "nothing" ? withoutFolders(found.entries, pictures) : found.entries;
    return sendImport(this.collection, { ...found, entries }, { options, isCatalogue: this.isCatalogue });
  }
}
