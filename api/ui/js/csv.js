// Reads the first rows of a CSV stream, in which quoted fields may contain commas, quotes and line breaks.

/** One field, which may be quoted, and what ends it. */
function fieldPattern(delimiter) {
  const end = delimiter === "|" ? "\\|" : delimiter;
  const text = `[^\\r\\n${end}]*`;
  return new RegExp(`(?: *"([^"]*(?:""[^"]*)*)"(${text})|(?! *")(${text}))(${end}|\\r\\n?|\\n|$)`, "y");
}

/** Where the fields of the first row of a text begin and end. */
export function fieldSpans(text, delimiter) {
  const pattern = fieldPattern(delimiter);
  const spans = [];
  for (;;) {
    const start = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match) return spans;
    spans.push([start, start + match[0].length - match[4].length]);
    if (match[4] !== delimiter) return spans;
  }
}

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
    const [, quoted, afterQuote, unquoted, end] = pattern.exec(text) ?? [];
    row.push(quoted === undefined ? unquoted ?? "" : quoted.replaceAll('""', '"') + afterQuote);
    if (end === delimiter) continue;
    rows.push(row);
    row = [];
    if (!end) return rows;
  }
  return rows;
}
