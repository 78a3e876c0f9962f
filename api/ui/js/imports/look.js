// Looks at dropped or chosen files before they are sent: pictures, tables, archives, and what cannot be imported.

import { IGNORED_FILES } from "../parts/file_input.js";
import { archiveName } from "../uploads.js";
import { zipEntries } from "./zip_entries.js";
import { firstBytes, MAX_COUNTED, readTable } from "./table.js";

const PICTURE = /\.(jpe?g|jfif|png|webp|gif|bmp|tiff?|avif|heic|heif)$/i;
const TABLE = /\.(csv|tsv|txt|jsonl)(\.gz)?$/i;
const SPREADSHEET = /\.(xlsx?|ods|numbers)$/i;
const UNSUPPORTED = /\.(xz|txz|7z|rar|bz2|tbz2?|zst|cab)$/i;
const TAR = /\.(tar|tgz|tar\.gz)$/i;
const MANIFEST = /(^|\/)items\.(csv|jsonl)$/i; // the server reads no other tables in archives of pictures

/**
 * What is in some `[path, File]` pairs: `pictures` (`{ path, size, blob, archive }`), `archives` of them (`{ archive,
 * name, paths }`; `archive` is null for files outside of one, which are sent as one), `tables` (see `readTable`),
 * `unseen` archives, which only the server reads, `unreadable` tables (`{ path, archive }`), and the names of all other
 * files: `spreadsheets`, `damaged` and `unsupported` archives, and `others`.
 */
export async function lookAt(entries) {
  const found = { pictures: [], archives: [], tables: [], unseen: [], unreadable: [], spreadsheets: [], damaged: [], unsupported: [], others: [], entries };
  for (const [path, file] of entries) await look(path, file, found);
  const sent = entries.filter(([path]) => PICTURE.test(path) || /\/items\.(csv|jsonl)$/i.test(path));
  found.archives.push({ archive: null, name: archiveName(sent), paths: sent.map(([path]) => path) });
  return found;
}

async function look(path, file, found) {
  if (PICTURE.test(path)) found.pictures.push({ path, size: file.size, blob: async () => file, archive: null });
  else if (TABLE.test(path)) await addTable(path, file, found);
  else if (SPREADSHEET.test(path)) found.spreadsheets.push(path);
  else if (/\.zip$/i.test(path)) await lookIntoZip(path, file, found);
  else if (TAR.test(path)) found.unseen.push(path);
  else (UNSUPPORTED.test(path) ? found.unsupported : found.others).push(path);
}

async function addTable(path, file, found) {
  const table = await readTable(path, file).catch(() => null);
  if (table) found.tables.push(table);
  else found.unreadable.push({ path, archive: null });
}

async function lookIntoZip(archive, file, found) {
  const zip = await zipEntries(file);
  if (!zip) return found.unseen.push(archive);
  if (zip.isDamaged) return found.damaged.push(archive);
  const entries = zip.entries.filter(({ path }) => !IGNORED_FILES.test(path));
  const pictures = entries.filter(({ path }) => PICTURE.test(path));
  const tables = entries.filter(({ path }) => TABLE.test(path));
  const isOneTable = tables.length === 1 && !pictures.length; // such a zip is like the table itself
  const inside = [];
  for (const entry of tables) {
    const isRead = isOneTable || MANIFEST.test(entry.path);
    const table = isRead ? await packedTable(entry).catch(() => null) : { path: entry.path, header: [], rows: [], kind: "unread" };
    // without its table, the images of an archive would become other items
    if (!table) return found.unreadable.push({ path: entry.path, archive });
    inside.push(isOneTable ? { ...table, source: [archive, file] } : { ...table, archive });
  }
  for (const table of inside) found.tables.push(table);
  for (const picture of pictures) found.pictures.push({ ...picture, archive });
  found.archives.push({ archive, name: archive.split("/").pop(), paths: entries.map(({ path }) => path) });
}

/** A table in an archive: its `file` is only the beginning if it is large, and `whole` unpacks all of it. */
async function packedTable({ path, stream, blob }) {
  const file = new Blob([await firstBytes(await stream(), MAX_COUNTED + 1)]);
  return { ...await readTable(path, file), whole: blob };
}
