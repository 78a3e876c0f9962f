// Finds the header and the delimiter of a table, also below title lines; the server's rules, see core/tables/layout.py.

import { parseRows } from "../csv.js";
import { countSalesColumns, hasAllSalesColumns, kindOf } from "./columns.js";

const DELIMITERS = [",", ";", "\t", "|"];
const MAX_TITLE_LINES = 20;
const LINES = /[^\r\n]*(\r\n?|\n|$)/g;

/**
 * The `header`, its `delimiter`, where it ends in the text (`end`), and the number of lines up to there (`lines`). The
 * server takes the first line with all the columns that it needs, and the user can name other columns. A line that only
 * looks like a header is none if a line above it has as many cells: it is a row, since titles have fewer.
 */
export function findHeader(text) {
  const candidates = candidatesIn(text);
  const rules = [hasAllSalesColumns, (header) => header.some((name) => name.toLowerCase() === "sku"), (header, n) => kindOf(header) !== "unknown" && isWidest(n)];
  const isWidest = (n) => candidates.slice(0, n).every(({ header }) => textsIn(header) < textsIn(candidates[n].header));
  const found = rules.map((rule) => candidates.find(({ header }, n) => rule(header, n))).find(Boolean);
  return found ?? candidates[0] ?? { header: [], delimiter: ",", end: 0, lines: 0 };
}

const textsIn = (header) => header.filter(Boolean).length;

/** Where a line ends in a text, counted from 1. */
export function endOfLine(text, number) {
  let lines = 0;
  for (const { 0: line, index } of text.matchAll(LINES)) {
    if (++lines === number) return index + line.length;
  }
  return 0;
}

function candidatesIn(text) {
  const candidates = [];
  let lines = 0;
  for (const { 0: line, index } of text.matchAll(LINES)) {
    lines += 1;
    if (isBlankOrSeparator(line)) continue;
    candidates.push({ ...bestCells(line), end: index + line.length, lines });
    if (candidates.length > MAX_TITLE_LINES) break;
  }
  return candidates;
}

/** Whether a line is empty or names the delimiter, as Excel's `sep=;` does. */
const isBlankOrSeparator = (line) => /^["\s,;|]*$/.test(line) || /^\s*"?sep=/i.test(line);

function bestCells(line) {
  const all = DELIMITERS.map((delimiter) => ({ delimiter, header: cellsOf(line, delimiter) }));
  const known = new Map(all.map(({ header }) => [header, countSalesColumns(header)]));
  return all.reduce((best, other) =>
    ((known.get(other.header) - known.get(best.header) || other.header.length - best.header.length) > 0 ? other : best));
}

/** The names in a line; none if a quote is not closed, since the header then goes on in the next line. */
const cellsOf = (line, delimiter) =>
  (line.split('"').length % 2 ? parseRows(line, delimiter)[0] ?? [] : []).map((name) => name.trim());
