// What the server reads in cells: missing values, numbers marked as text, altered numbers; see core/tables/cells.py.

const NULLS = new Set([
  "null", "nan", "#n/a", "<na>", "nat", "\\n", "(null)", "<null>", "[null]", "undefined", "(blank)", "#nv", "#n/d", "#value!", "#wert!",
  "#ref!", "#bezug!", "#name?",
]);
const MISSING = new Set([...NULLS, "", "none", "nil", "na", "n/a", "missing", "-", "--", "---", "?"]);
const WITH_DECIMAL = /^[0-9]+[.,]0$/;

/** The text of a trimmed cell without the marks that keep a number as text, `'02134` or `="02134"`; "" if it is missing. */
export function cellText(cell) {
  const text = cell.startsWith("=") ? cell.replace(/^="(.+)"$/s, "$1") : cell.replace(/^'(?=[\p{Nd}=+@-]|$)/u, "");
  return NULLS.has(text.toLowerCase()) ? "" : text;
}

/** Rows without the decimal places of whole numbers in a column, if all have one, as programs write them: `17850.0`. */
export function withoutDecimals(rows, column) {
  const texts = rows.map((cells) => cells[column] ?? "").filter((text) => !MISSING.has(text.toLowerCase()));
  if (!texts.every((text) => WITH_DECIMAL.test(text))) return rows;
  return rows.map((cells) => cells.map((cell, n) => (n === column && WITH_DECIMAL.test(cell) ? cell.slice(0, -2) : cell)));
}
