// Rows of a CSV as it comes in; quoted fields may hold commas, quotes and line breaks.

const FIELD = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r?\n|$)/y;

/** The first rows of an answer, each a list of texts; the rest is not read. */
export async function firstRows(answer, most) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let rows = [];
  for (;;) {
    const { done, value = "" } = await reader.read();
    text += value;
    rows = rowsOf(text);
    if (done) return rows.slice(0, most);
    if (rows.length > most) {
      await reader.cancel();
      return rows.slice(0, most);
    }
  }
}

function rowsOf(text) {
  const rows = [];
  let row = [];
  for (FIELD.lastIndex = 0; FIELD.lastIndex < text.length;) {
    const [, field, end] = FIELD.exec(text) ?? ["", "", ""];
    row.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field);
    if (end === ",") continue;
    rows.push(row);
    row = [];
    if (!end) return rows; // the last, or one that has not come whole
  }
  return rows;
}
