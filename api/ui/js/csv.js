// Reads the first rows of a CSV stream, in which quoted fields may contain commas, quotes and line breaks.

/** One field and what ends it. */
const fieldPattern = (delimiter) => new RegExp(`("(?:[^"]|"")*"|[^"\\r\\n${delimiter === "|" ? "\\|" : delimiter}]*)(${
  delimiter === "|" ? "\\|" : delimiter}|\\r?\\n|$)`, "y");

/** Return at most `limit` rows of a response, each a list of texts; the rest is not downloaded. */
export async function firstRows(response, limit) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value = "" } = await reader.read();
    text += value;
    const rows = parseRows(text);
    if (rows.length > limit) await reader.cancel();
    if (done || rows.length > limit) return rows.slice(0, limit);
  }
}

/** The rows of a text, each a list of texts; the last row may be incomplete. */
export function parseRows(text, delimiter = ",") {
  const pattern = fieldPattern(delimiter);
  const rows = [];
  let row = [];
  for (pattern.lastIndex = 0; pattern.lastIndex < text.length;) {
    const [, field, end] = pattern.exec(text) ?? ["", "", ""];
    row.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field);
    if (end === delimiter) continue;
    rows.push(row);
    row = [];
    if (!end) return rows;
  }
  return rows;
}
