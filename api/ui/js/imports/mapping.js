// Drop-downs that say which column of a table means what; the last choice is remembered for each collection.

import { h } from "../dom.js";
import { field } from "../parts/layout.js";
import { readStored, store } from "../stored_json.js";
import { words } from "../words.js";
import { canRename, guessSalesColumns, guessSku } from "./table.js";

const UNUSABLE = /[,:]/; // the server could not tell such a name from the next pair

const storageName = (collection, kind) => `lookalike-columns-${collection}-${kind}`;

function remembered(collection, kind, header) {
  const stored = readStored("localStorage", storageName(collection, kind));
  return Object.fromEntries(Object.entries(stored).filter(([, name]) => header.includes(name)));
}

/** Remember the columns of a kind of table for the next import to this collection. */
export const remember = (collection, { kind, columns }) =>
  store("localStorage", storageName(collection, kind), columns);

const columnsOf = ({ kind, header }) => (kind === "sales" ? guessSalesColumns(header) : { sku: guessSku(header) });

/** The usual or last used columns of a table, by what they mean; "" where nobody knows. */
export function columnsFor(collection, table) {
  return { ...columnsOf(table), ...remembered(collection, table.kind, table.header) };
}

/** Whether the user has to say what a table is, or which of its columns are which. */
export const lacksColumns = ({ kind, columns }) => kind === "unknown"
  || Object.entries(columns).some(([column, name]) => !name && column !== "quantity");

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
      onChange();
    } }, h("option", { value: "" }, noChoice(column, guess[column])), table.header.filter(Boolean).map(option)));
  };
  return h("div", { class: "columns-of" }, Object.entries(labels).map(select));
}

/** The columns that the server would not find by itself, as its parameter `columns`. */
export function columnsParameter({ header, columns }) {
  const guess = guessSalesColumns(header);
  return Object.entries(columns).filter(([column, name]) => name && name !== guess[column])
    .map(([column, name]) => `${column}:${name}`).join(",");
}
