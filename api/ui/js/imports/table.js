// Reads the header and the first rows of a table, and guesses what the table is about.

import { parseRows } from "../csv.js";
import { words } from "../words.js";
import { SALES_COLUMNS } from "./sales_columns.js";

const HEAD_BYTES = 256 * 1024;
const MAX_COUNTED = 16 * 2 ** 20; // bytes; the rows of larger tables are estimated
const MIN_SALES_COLUMNS = 4; // with usual names; the user says which the others are
const DELIMITERS = [",", ";", "\t", "|"];
const SKUS = ["sku", ...SALES_COLUMNS.sku, "id", "handle", "ref", "reference", "code", "item_number", "article"];
const PRICE = /price|preis|prix|prezzo|precio|cena/i;
const PICTURE_COLUMN = /^(file|(additional)?images?(url|link|src)?s?\d{0,2})$/;

const UNREADABLE = {
  kind: "unknown", header: [], rows: [], count: null, encoding: null, delimiter: ",", isJson: false, isGzip: false, archive: null, source: null,
};

/** The comparable form of a column's name, as on the server: `Order ID` and `order_id` are the same. */
const normalized = (name) => name.toLowerCase().normalize("NFKD").replace(/[^\p{L}\p{N}]/gu, "");

/**
 * A table: its `kind` (sales, items or unknown), `header`, first `rows`, number of rows (`count`) and encoding.
 * `archive` is the zip around it, `source` a zip of nothing else.
 */
export async function readTable(path, file) {
  const isGzip = /\.gz$/i.test(path);
  const stream = isGzip ? file.stream().pipeThrough(new DecompressionStream("gzip")) : file.slice(0, HEAD_BYTES).stream();
  const bytes = await firstBytes(stream);
  const { text, encoding } = decode(bytes);
  const isJson = /\.jsonl(\.gz)?$/i.test(path);
  const [header, ...rows] = isJson ? jsonRows(text) : parseRows(text, delimiterOf(text));
  const count = isGzip ? null : await countRows(file, isJson);
  if (!isJson && /[\r\n]/.test((header ?? []).join(""))) return { ...UNREADABLE, path, file };
  const table = { path, file, encoding, isJson, isGzip, delimiter: delimiterOf(text), header: header ?? [], rows, count };
  return { ...table, kind: kindOf(table), archive: null, source: null };
}

async function firstBytes(stream) {
  const reader = stream.getReader();
  const chunks = [];
  for (let size = 0; size < HEAD_BYTES;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.length;
  }
  reader.cancel().catch(() => {});
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

function decode(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { text: new TextDecoder("utf-16le").decode(bytes), encoding: null };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true }), encoding: "utf-8" };
  } catch {
    return { text: new TextDecoder("windows-1252").decode(bytes), encoding: "windows-1252" };
  }
}

function delimiterOf(text) {
  const [line] = text.split(/\r?\n/, 1);
  const count = (delimiter) => line.split(delimiter).length;
  return DELIMITERS.reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}

function jsonRows(text) {
  const objects = text.split("\n").slice(0, 50).flatMap((line) => {
    try {
      return [Object(JSON.parse(line))];
    } catch {
      return []; // an empty, a broken or an incomplete line
    }
  });
  const header = [...new Set(objects.flatMap((row) => Object.keys(row)))];
  const cell = (value) => (value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value));
  return [header, ...objects.map((row) => header.map((name) => cell(row[name])))];
}

/** The number of rows, without the header; null if the table is too large to be counted. */
async function countRows(file, isJson) {
  if (file.size > MAX_COUNTED) return null;
  const lines = (await file.text()).split(/\r?\n/).filter((line) => line.trim()).length;
  return Math.max(0, lines - (isJson ? 0 : 1));
}

function kindOf({ header, isJson }) {
  const found = guessSalesColumns(header);
  const isDated = found.order_id || found.created_at;
  if (!isJson && isDated && Object.values(found).filter(Boolean).length >= MIN_SALES_COLUMNS) return "sales";
  return guessSku(header) ? "items" : "unknown";
}

/** The file's column for each sales column, "" if none has a usual name. */
export function guessSalesColumns(header) {
  const find = (names) => header.find((name) => names.map(normalized).includes(normalized(name)));
  return Object.fromEntries(Object.entries(SALES_COLUMNS).map(([column, names]) => [column,
    [column, ...names].map((name) => find([name])).find(Boolean) ?? ""]));
}

/** The column with the SKUs of items; "" if none has a usual name. */
export function guessSku(header) {
  return SKUS.map((usual) => header.find((name) => normalized(name) === normalized(usual))).find(Boolean) ?? "";
}

/** Whether a table of items names pictures, by file or by URL. */
export const namesPictures = ({ header }) => header.some((name) => PICTURE_COLUMN.test(normalized(name)));

/** The columns of a table of items that become attributes. */
export const attributesOf = ({ header }, sku) =>
  header.filter((name) => name && name !== sku && !["sku", "file", "view", "availability"].includes(normalized(name)));

/** Whether a table brings nothing but prices. */
export const isPriceList = (table, sku) => {
  const names = attributesOf(table, sku);
  return !namesPictures(table) && names.length > 0 && names.length <= 3 && names.every((name) => PRICE.test(name) || /currency|waehrung|währung/i.test(name));
};

/** Whether `renamed` can replace the header, whose bytes must be known. */
export const canRename = ({ encoding, isJson, isGzip, archive, header }) => !isJson && !isGzip && !archive
  && (encoding === "utf-8" || (encoding && header.every((name) => /^[\x20-\x7e]*$/.test(name))));

/** A table of items with another name for a column: only the header is replaced, the rows stay as they are. */
export async function renamed({ file, header, delimiter }, from, to) {
  if (!from || from === to) return file;
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const names = header.map((name) => (name === from ? to : normalized(name) === to ? words.imports.unusedColumn(name) : name));
  const line = names.map((name) => (/["\r\n]/.test(name) || name.includes(delimiter) ? `"${name.replaceAll('"', '""')}"` : name));
  return new File([line.join(delimiter), "\n", file.slice(head.indexOf(0x0a) + 1)], "items.csv");
}
