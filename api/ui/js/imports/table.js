// Reads the header and the first rows of a table.

import { fieldSpans, parseRows } from "../csv.js";
import { words } from "../words.js";
import { cellText } from "./cells.js";
import { isSku, kindOf } from "./columns.js";
import { endOfLine, findHeader } from "./header.js";
import { decode, detectEncoding, isUnicode } from "./text_encoding.js";

const HEAD_BYTES = 256 * 1024;
export const MAX_COUNTED = 16 * 2 ** 20; // bytes; the rows of larger tables are not counted
const BYTE_ORDER_MARK = "\u00ef\u00bb\u00bf"; // of UTF-8, a character for each byte

/**
 * A table: its `kind` (sales, items or unknown), `header`, first `rows`, number of rows (`count`) and `encoding`, which
 * is a guess unless it is Unicode or `statedEncoding`. `archive` is the zip around it, `source` a zip of nothing else;
 * `isCut` says that the header is longer than what is read of it.
 */
export async function readTable(path, file, statedEncoding = "") {
  const isGzip = /\.gz$/i.test(path);
  const isJson = /\.jsonl(\.gz)?$/i.test(path);
  const isWhole = !isGzip && file.size <= MAX_COUNTED;
  const stream = isGzip ? file.stream().pipeThrough(new DecompressionStream("gzip")) : file.stream();
  const bytes = await firstBytes(stream, isWhole ? MAX_COUNTED : HEAD_BYTES);
  const encoding = statedEncoding || detectEncoding(bytes);
  const text = decode(bytes, encoding);
  const head = text.slice(0, HEAD_BYTES);
  const content = isJson ? jsonRows(head) : csvRows(head);
  const count = isWhole ? countRows(text, isJson ? null : content) : null;
  return {
    path, file, encoding, statedEncoding, isJson, isGzip, ...content, count, archive: null, source: null,
    isCut: bytes.length >= HEAD_BYTES && content.end >= head.length, kind: kindOf(content.header, { isJson }),
  };
}

/** The first bytes of a stream, at least `limit` if it has so many. */
export async function firstBytes(stream, limit = HEAD_BYTES) {
  const reader = stream.getReader();
  const chunks = [];
  for (let size = 0; size < limit;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.length;
  }
  reader.cancel().catch(() => {});
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

function csvRows(text) {
  const layout = findHeader(text);
  const rows = layout.header.length ? parseRows(text.slice(layout.end), layout.delimiter) : [];
  const trimmed = rows.map((cells) => cells.map((cell) => cell.trim())).filter((cells) => cells.some(Boolean));
  return { ...layout, rows: trimmed.map((cells) => cells.map(cellText)) };
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
  return { header, rows: objects.map((row) => header.map((name) => cell(row[name]))) };
}

/** The number of rows with text below the header of a CSV table, or of lines. */
function countRows(text, layout) {
  if (!layout) return text.split("\n").filter((line) => line.trim()).length;
  const singleLines = text.slice(layout.end).replace(/(?<=^|[,;\t|\r\n]) *"[^"]*(?:""[^"]*)*"/g, '"'); // without quoted line breaks
  return singleLines.split(/[\r\n]+/).filter((line) => line.replaceAll(layout.delimiter, "").trim()).length;
}

/** Whether the encoding of a table is only a guess. */
export const isUncertain = ({ encoding, statedEncoding }) => !statedEncoding && !isUnicode(encoding);

/** Whether `renamed` can replace names in the header: in some code pages, the byte of `|` is also a part of letters. */
export const canRename = ({ encoding, isJson, isGzip, archive, header, isCut, delimiter }) =>
  !isJson && !isGzip && !archive && !isCut && (isUnicode(encoding) || delimiter !== "|" || header.every((name) => /^[\x20-\x7e]*$/.test(name)));

/** A table of items whose column `from` is called `sku`; all else stays as it is, also in lines above the header. */
export async function renamed({ file, encoding, header, delimiter, lines }, from) {
  if (!from || isSku(from)) return file;
  const source = encoding.startsWith("utf-16") ? new Blob([decode(await file.arrayBuffer(), encoding)]) : file;
  const head = decode(await source.slice(0, 4 * HEAD_BYTES).arrayBuffer(), "windows-1252"); // a character for each byte
  const start = endOfLine(head, lines - 1) || (head.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0);
  const parts = [];
  let end = 0;
  for (const [n, span] of fieldSpans(head.slice(start, endOfLine(head, lines)), delimiter).entries()) {
    if (header[n] !== from && !isSku(header[n])) continue;
    parts.push(source.slice(end, start + span[0]), header[n] === from ? "sku" : words.imports.unusedColumn(header[n]));
    end = start + span[1];
  }
  return new File([...parts, source.slice(end)], "items.csv");
}
