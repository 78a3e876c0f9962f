// Drop-downs that say which column of a table means what; the last choice is remembered for each collection.

import { h } from "../dom.js";
import { field } from "../parts/layout.js";
import { showProblem } from "../parts/states.js";
import { readStored, store } from "../stored_json.js";
import { words } from "../words.js";
import { guessSalesColumns, guessSku, isSku } from "./columns.js";
import { canRename, isUncertain, readTable } from "./table.js";

const UNUSABLE = /[,:]/; // the server could not tell such a name from the next pair

const storageName = (collection, kind) => `lookalike-columns-${collection}-${kind}`;

function remembered(collection, kind, header) {
  const stored = readStored("localStorage", storageName(collection, kind));
  return Object.fromEntries(Object.entries(stored).filter(([, name]) => header.includes(name)));
}

/** Remember the columns of a table that are not the usual ones for the next import to this collection. */
export function remember(collection, table) {
  const usual = columnsOf(table);
  const others = Object.entries(table.columns).filter(([column, name]) => name !== usual[column]);
  store("localStorage", storageName(collection, table.kind), Object.fromEntries(others));
}

const columnsOf = ({ kind, header }) => (kind === "sales" ? guessSalesColumns(header) : { sku: guessSku(header) });

/** The chosen, last used or usual columns of a table, by what they mean; "" where nobody knows. */
export function columnsFor(collection, table) {
  const usual = columnsOf(table);
  const last = remembered(collection, table.kind, table.header);
  if (isSku(usual.sku)) delete last.sku;
  const chosen = Object.entries(table.chosen ?? {}).filter(([column, name]) => column in usual && (!name || table.header.includes(name)));
  return { ...usual, ...last, ...Object.fromEntries(chosen) };
}

/** Whether the user has to see what a table is and which of its columns are which, since some are unknown or unusual. */
export const showsColumns = (table) => table.kind === "unknown"
  || Object.entries(columnsOf(table)).some(([column, name]) => name !== table.columns[column] || (!name && column !== "quantity"));

/** What it means to choose no column; `guess` is the column that has a usual name, if one has. */
function noChoice(column, guess) {
  if (guess) return words.imports.recognisedColumn;
  return column === "quantity" ? words.imports.noColumn : words.imports.chooseColumn;
}

/** Drop-downs for the columns of a table; null if it has nothing to choose. `onChange` is called after each change. */
export function columnFields(table, number, onChange) {
  if (table.kind === "unknown" || !table.header.length || (table.kind === "items" && !canRename(table))) return null;
  const guess = columnsOf(table);
  const labels = table.kind === "sales" ? words.imports.salesColumns : { sku: words.imports.skuColumn };
  const select = ([column, label]) => {
    const id = `column-${number}-${column}`;
    const option = (name) => h("option", { value: name, selected: name === table.columns[column], disabled: UNUSABLE.test(name) }, name);
    return field(id, label, h("select", { id, onchange: ({ target: { value } }) => {
      table.columns[column] = value;
      table.chosen = { ...table.chosen, [column]: value };
      onChange();
    } }, h("option", { value: "" }, noChoice(column, guess[column])), table.header.filter(Boolean).map(option)));
  };
  return h("div", { class: "columns-of" }, Object.entries(labels).map(select));
}

/** Whether the user may say what the encoding of a table is, which nobody knows for sure. */
export const asksForEncoding = (table) => table.kind === "sales" && (isUncertain(table) || Boolean(table.statedEncoding));

/** A drop-down for the encoding of a table; `onChange` gets what is read in it, and the field's ID. */
export function encodingField(table, number, onChange) {
  if (!asksForEncoding(table)) return null;
  const id = `encoding-${number}`;
  const note = h("div");
  const read = ({ target: { value } }) => {
    table.statedEncoding = value; // what is chosen is sent, even if the table cannot be read again
    return showProblem(note, async () => {
      const content = await readTable(table.path, table.file, value);
      const { kind, archive, source } = table;
      if (table.statedEncoding === value) onChange({ ...content, kind, archive, source }, id);
    });
  };
  const option = ([value, text]) => h("option", { value, selected: value === table.statedEncoding }, text);
  return [field(id, words.imports.encoding, h("select", { id, onchange: read }, Object.entries(words.imports.encodings).map(option))), note];
}

/** The columns that the server would not find by itself, as its parameter `columns`. */
export function columnsParameter({ header, columns }) {
  const guess = guessSalesColumns(header);
  return Object.entries(columns).filter(([column, name]) => name && name !== guess[column])
    .map(([column, name]) => `${column}:${name}`).join(",");
}
