// Looks at dropped or chosen files before they are sent: pictures, tables, archives, and what cannot be imported.

import { IGNORED_FILES } from "../parts/file_input.js";
import { archiveName } from "../uploads.js";
import { zipEntries } from "./zip_entries.js";
import { readTable } from "./table.js";

const PICTURE = /\.(jpe?g|jfif|png|webp|gif|bmp|tiff?|avif|heic|heif)$/i;
const TABLE = /\.(csv|tsv|txt|jsonl)(\.gz)?$/i;
const SPREADSHEET = /\.(xlsx?|ods|numbers)$/i;
const TAR = /\.(tar|tgz|tar\.gz)$/i;
const MANIFEST = /(^|\/)items\.(csv|jsonl)$/i; // the server reads no other tables in archives of pictures

/**
 * What is in some `[path, File]` pairs: `pictures` (`{ path, size, blob, archive }`), `archives` of them (`{ archive,
 * name, paths }`; `archive` is null for files outside of one, which are sent as one), `tables` (see `readTable`),
 * `unseen` archives, which only the server reads, `spreadsheets`, and `others`, the names of all other files.
 */
export async function lookAt(entries) {
  const found = { pictures: [], archives: [], tables: [], unseen: [], spreadsheets: [], others: [], entries };
  for (const [path, file] of entries) await look(path, file, found);
  const sent = entries.filter(([path]) => PICTURE.test(path) || /\/items\.(csv|jsonl)$/i.test(path));
  found.archives.push({ archive: null, name: archiveName(sent), paths: sent.map(([path]) => path) });
  return found;
}

async function look(path, file, found) {
  if (PICTURE.test(path)) found.pictures.push({ path, size: file.size, blob: async () => file, archive: null });
  else if (TABLE.test(path)) found.tables.push(await readTable(path, file));
  else if (SPREADSHEET.test(path)) found.spreadsheets.push(path);
  else if (/\.zip$/i.test(path)) await lookIntoZip(path, file, found);
  else if (TAR.test(path)) found.unseen.push(path);
  else found.others.push(path);
}

async function lookIntoZip(archive, file, found) {
  const entries = (await zipEntries(file))?.filter(({ path }) => !IGNORED_FILES.test(path));
  if (!entries) return found.unseen.push(archive);
  const pictures = entries.filter(({ path }) => PICTURE.test(path));
  const tables = entries.filter(({ path }) => TABLE.test(path));
  found.pictures.push(...pictures.map((picture) => ({ ...picture, archive })));
  found.archives.push({ archive, name: archive.split("/").pop(), paths: entries.map(({ path }) => path) });
  const isOneTable = tables.length === 1 && !pictures.length; // such a zip is like the table itself
  for (const { path, blob } of tables) {
    const table = await readTable(path, await blob());
    if (isOneTable) found.tables.push({ ...table, source: [archive, file] });
    else found.tables.push({ ...table, archive, kind: MANIFEST.test(path) ? table.kind : "unread" });
  }
}
