// Says in words what an import consists of, and what is wrong with it.

import { formatBytes, formatNumber, pluralize } from "../format.js";
import { attributesOf, isPriceList, namesPictures } from "./table.js";

const names = (paths) => `${paths.slice(0, 3).join(", ")}${paths.length > 3 ? ` and ${formatNumber(paths.length - 3)} more` : ""}`;

/** What was found, in sentences. */
export function sentencesAbout({ pictures, tables, unseen }, { folders }) {
  const where = folders > 1 ? ` in ${pluralize(folders, "folder")}` : "";
  return [
    pictures.length ? `${pluralize(pictures.length, "picture")}${where}.` : null,
    ...tables.filter(({ kind }) => kind !== "unread").map(sentenceAbout),
    unseen.length ? `${names(unseen)}: the server looks into ${unseen.length === 1 ? "this archive" : "these archives"}.` : null,
  ].filter(Boolean);
}

function sentenceAbout(table) {
  const rows = table.count === null ? "many rows" : pluralize(table.count, "row");
  if (table.kind === "sales") return `${table.path}: these look like sales, ${rows}.`;
  if (table.kind === "unknown") return `${table.path}: ${rows}; what is it?`;
  const items = table.count === null ? "all items in it" : pluralize(table.count, "item");
  const get = table.count === 1 ? "gets" : "get";
  const attributes = attributesOf(table, table.columns.sku);
  if (isPriceList(table, table.columns.sku)) return `${table.path}: this is a price list: ${items} ${get} new prices.`;
  if (namesPictures(table)) return `${table.path}: a list of items with pictures, ${rows}.`;
  return `${table.path}: ${items} ${get} new values of ${attributes.length ? names(attributes) : "nothing"}.`;
}

/** What cannot be imported, in sentences. */
export function warningsAbout({ spreadsheets, others, pictures, tables }, { repeated }, meaning, limits) {
  const large = pictures.filter(({ size }) => size > limits.max_image_mb * 2 ** 20);
  return [
    spreadsheets.length ? `${names(spreadsheets)}: save the workbook as CSV; workbooks are not read.` : null,
    others.length ? `Not sent, since they are neither pictures nor tables: ${names(others)}.` : null,
    ...tables.filter(({ kind }) => kind === "unread").map(({ path, archive }) =>
      `${path} in ${archive} is not read: call it items.csv, or import it by itself.`),
    large.length ? `${pluralize(large.length, "picture")} over ${limits.max_image_mb} MiB will be refused: ${names(large.map(({ path }) => path))}.` : null,
    meaning === "category" && repeated ? `${pluralize(repeated, "file name")} occur${repeated === 1 ? "s" : ""} in several folders; as items, these have one name each, so only one picture of each is kept.` : null,
  ].filter(Boolean);
}

/** Why the import cannot be sent; null if it can. */
export function obstacle({ entries, pictures, tables, unseen }, limits) {
  if (!pictures.length && !tables.length && !unseen.length) return "There is nothing here that can be imported.";
  const size = entries.reduce((sum, [, file]) => sum + file.size, 0);
  const max = limits.max_upload_mb * 2 ** 20;
  if (size > max) return `These files have ${formatBytes(size)}; the server accepts at most ${formatNumber(limits.max_upload_mb)} MiB at once. Import them in parts.`;
  if (pictures.length > limits.max_images) return `These are ${pluralize(pictures.length, "picture")}; the server accepts at most ${formatNumber(limits.max_images)} at once.`;
  return null;
}
