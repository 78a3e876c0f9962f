// Says in words what an import consists of, and what is wrong with it.

import { largeFiles } from "../uploads.js";
import { words } from "../words.js";
import { attributesOf, isPriceList, namesPictures } from "./columns.js";
import { refusalOfItems, refusalOfSales } from "./refusals.js";
import { isUncertain } from "./table.js";

/** What was found, in sentences. */
export function sentencesAbout({ pictures, tables, unseen }, { folders }) {
  return [
    pictures.length ? words.imports.images(pictures.length, folders) : null,
    ...tables.filter(({ kind }) => kind !== "unread").map(sentenceAbout),
    unseen.length ? words.imports.unseen(unseen) : null,
  ].filter(Boolean);
}

function sentenceAbout(table) {
  const { path, kind, count, columns: { sku } } = table;
  if (kind === "sales") return words.imports.sales(path, count);
  if (kind === "unknown") return words.imports.unknown(path, count);
  if (isPriceList(table, sku)) return words.imports.prices(path, count);
  if (namesPictures(table)) return words.imports.itemsWithImages(path, count);
  return words.imports.values(path, count, attributesOf(table, sku));
}

/** The files that are not sent although they may contain items. */
export const withheld = ({ spreadsheets, damaged, unsupported, unreadable }) =>
  [...spreadsheets, ...damaged, ...unsupported, ...unreadable.map(({ path, archive }) => archive ?? path)];

/** What cannot be imported, in sentences. */
export function warningsAbout(found, { repeated }, { meaning, isCatalogue, limits }) {
  const { spreadsheets, damaged, unsupported, unreadable, others, pictures, tables } = found;
  const maxSize = limits.max_image_mb * 2 ** 20;
  const large = pictures.filter(({ size }) => size > maxSize);
  const slow = largeFilesTogether(found, isCatalogue);
  const foreign = tables.filter((table) => ["sales", "items"].includes(table.kind) && isUncertain(table));
  const uncertain = [...foreign.filter(({ isJson }) => !isJson).map(({ path }) => path), ...pictures.filter((picture) => picture.isUncertain).map(({ archive }) => archive)];
  return [
    slow.length > 1 ? words.imports.severalLarge(slow) : null,
    spreadsheets.length ? words.imports.spreadsheets(spreadsheets) : null,
    damaged.length ? words.imports.damaged(damaged) : null,
    ...unreadable.map(({ path, archive }) => words.imports.unreadable(path, archive)),
    unsupported.length ? words.imports.unsupported(unsupported) : null,
    others.length ? words.imports.others(others) : null,
    ...tables.filter(({ kind }) => kind === "unread").map(({ path, archive }) => words.imports.unread(path, archive)),
    uncertain.length ? words.imports.uncertain([...new Set(uncertain)]) : null,
    ...foreign.filter(({ isJson }) => isJson).map(({ path }) => words.imports.jsonNotUtf8(path)),
    large.length ? words.imports.tooLarge(large.map(({ path }) => path), maxSize) : null,
    ...tables.map(refusalOfSales),
    meaning === "category" && repeated ? words.imports.repeated(repeated) : null,
  ].filter(Boolean);
}

/** The paths of large files that cannot all go on after a lost connection, since they are imported together. */
function largeFilesTogether({ entries, tables }, isCatalogue) {
  const alone = tables.filter(({ archive }) => !archive);
  if (!isCatalogue && !alone.some(({ kind }) => kind === "items")) return [];
  const apart = new Set(alone.map(({ path, source }) => source?.[0] ?? path));
  return largeFiles(entries.filter(([path]) => !apart.has(path))).map(([path]) => path);
}

/** Why the import cannot be sent; null if it can. */
export function obstacle({ entries, pictures, tables, unseen }, limits) {
  if (!pictures.length && !tables.length && !unseen.length) return words.imports.nothing;
  const size = entries.reduce((sum, [, file]) => sum + file.size, 0);
  const max = limits.max_upload_mb * 2 ** 20;
  if (size > max) return words.imports.tooMuch(size, max);
  if (pictures.length > limits.max_images) return words.imports.tooMany(pictures.length, limits.max_images);
  return tables.map(refusalOfItems).find(Boolean) ?? null;
}
