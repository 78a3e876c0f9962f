// Recognises the columns of tables by their names.

import { SALES_COLUMNS } from "./sales_columns.js";

const SKUS = ["sku", ...SALES_COLUMNS.sku, "id", "handle", "ref", "reference", "code", "item_number", "article"];
const MIN_SALES_COLUMNS = 4; // with usual names; the user says which the others are
const PRICE = /price|preis|prix|prezzo|precio|cena/i;
const PICTURE_COLUMN = /^(file|(additional)?images?(url|link|src)?s?\d{0,2})$/;

/** The comparable form of a column's name, as on the server: `Order ID` and `order_id` are the same. */
export const normalized = (name) => name.toLowerCase().normalize("NFKD").replace(/[^\p{L}\p{N}]/gu, "");

const ALIASES = Object.entries(SALES_COLUMNS).map(([column, names]) => [column, [column, ...names].map(normalized)]);

/** The file's column for each sales column, "" if none has a usual name. */
export function guessSalesColumns(header) {
  const names = header.map(normalized);
  const find = (aliases) => header[names.indexOf(aliases.find((alias) => names.includes(alias)))] ?? "";
  const isOfShopify = names.includes("lineitemsku"); // where the order is the column Name
  return Object.fromEntries(ALIASES.map(([column, aliases]) =>
    [column, find(column === "order_id" && isOfShopify ? [...aliases, "name"] : aliases)]));
}

/** The number of sales columns with usual names, without the quantity, which is optional. */
export const countSalesColumns = (header) =>
  Object.entries(guessSalesColumns(header)).filter(([column, name]) => name && column !== "quantity").length;

export const hasAllSalesColumns = (header) => countSalesColumns(header) === ALIASES.length - 1;

/** Whether the server takes a column for that of the SKUs of items. */
export const isSku = (name) => name.toLowerCase() === "sku";

/** The column with the SKUs of items; "" if none has a usual name. */
export function guessSku(header) {
  const names = header.map(normalized);
  return header.find(isSku) ?? header[names.indexOf(SKUS.map(normalized).find((usual) => names.includes(usual)))] ?? "";
}

/** What a table with this header is about: sales, items or unknown. */
export function kindOf(header, { isJson = false } = {}) {
  const { order_id: order, created_at: date } = guessSalesColumns(header);
  if (!isJson && (order || date) && countSalesColumns(header) >= MIN_SALES_COLUMNS) return "sales";
  return guessSku(header) ? "items" : "unknown";
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
