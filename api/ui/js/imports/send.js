// Sends an import: sales and large files each as an upload of its own, everything else as one.

import { announce } from "../dom.js";
import { checkAndImport } from "../parts/catalogue.js";
import { largeFiles, uploadImages, uploadSales } from "../uploads.js";
import { words } from "../words.js";
import { withheld } from "./findings.js";
import { columnsParameter, remember } from "./mapping.js";
import { canRename, renamed } from "./table.js";

const MANIFEST = /\/items\.(csv|jsonl)$/i;

/** Send what `lookAt` found; `options` are fields of the import of items, `isCatalogue` deletes all other items. */
export async function sendImport(collection, found, { options, isCatalogue }) {
  const sales = found.tables.filter(({ kind }) => kind === "sales");
  for (const table of found.tables.filter(({ kind }) => kind === "sales" || kind === "items")) remember(collection, table);
  for (const table of sales) uploadSales(collection, table.source?.[1] ?? table.file, { columns: columnsParameter(table), encoding: table.statedEncoding });
  const entries = await entriesOf(found);
  announce(words.activity.uploadingFiles(sales.length + entries.length, collection));
  if (!entries.length) return;
  if (isCatalogue) checkAndImport(collection, entries, options);
  else uploadsOf(entries).forEach((part) => uploadImages(collection, part, options));
}

/** Large files are uploads of their own, each of which can go on after a lost connection; a table may be about all files. */
function uploadsOf(entries) {
  const hasTable = entries.some(([, , field]) => field === "manifest");
  const large = hasTable ? [] : largeFiles(entries);
  const others = entries.filter((entry) => !large.includes(entry));
  return [...large.map((entry) => [entry]), others].filter((part) => part.length);
}

/** The files of an import of items as `[path, File, field]`; a table of any name becomes a manifest. */
async function entriesOf(found) {
  const { entries, tables, others } = found;
  const alone = tables.filter(({ archive }) => !archive);
  const leftOut = new Set([...others, ...withheld(found), ...alone.map(({ path, source }) => source?.[0] ?? path)]);
  const files = entries.filter(([path]) => !leftOut.has(path)).map(([path, file]) => [path, file, "files"]);
  const manifests = alone.filter(({ kind }) => kind === "items").map(manifestOf);
  return [...files, ...await Promise.all(manifests)];
}

/** A manifest in a dropped folder stays with its pictures, so that the server sees the same folder. */
async function manifestOf({ whole, ...read }) {
  const table = { ...read, file: await whole?.() ?? read.file };
  const file = canRename(table) ? await renamed(table, table.columns.sku) : table.file;
  const staysInFolder = file === table.file && MANIFEST.test(table.path);
  return [table.path, file, staysInFolder ? "files" : "manifest"];
}
