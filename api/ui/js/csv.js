// Reads the first rows of a CSV stream, in which quoted fields may contain commas, quotes and line breaks.

const FIELD = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r?\n|$)/y;

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

function parseRows(text) {
  const rows = [];
  let row = [];
  for (FIELD.lastIndex = 0; FIELD.lastIndex < text.length;) {
    const [, field, end] = FIELD.exec(text) ?? ["", "", ""];
    row.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field);
    if (end === ",") continue;
    rows.push(row);
    row = [];
    if (!end) return rows; // the last row, or an incomplete one
  }
  return rows;
}
