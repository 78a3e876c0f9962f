// Says why the server would refuse a table as a whole.

import { words } from "../words.js";
import { isSku, normalized } from "./columns.js";
import { canRename } from "./table.js";

/** Why the server would refuse a table of items, as which it reads those in archives; null if it would not. */
export function refusalOfItems(table) {
  const { path, kind, header, columns, isGzip, isJson, archive } = table;
  if (kind !== "items" && (!archive || kind === "unread")) return null;
  if (isGzip) return words.imports.compressedItems(path);
  if (isJson) return header.includes("sku") || !header.length ? null : words.imports.noSkuKey(path);
  if (!header.some(isSku) && !canRename(table)) return archive ? words.imports.noSkuColumnIn(path, archive) : words.imports.noSkuColumn(path);
  const isReplaced = (name) => canRename(table) && columns.sku && !isSku(columns.sku) && isSku(name);
  return badNames(path, header.map((name) => (name === columns.sku ? "sku" : isReplaced(name) ? words.imports.unusedColumn(name) : name)));
}

/** Each column needs a name of its own, apart from empty columns at the end. */
function badNames(path, header) {
  const names = header.slice(0, header.findLastIndex(Boolean) + 1).map((name) => name.toLowerCase());
  const repeated = names.find((name, n) => name && names.indexOf(name) !== n);
  if (repeated) return words.imports.repeatedColumn(path, repeated);
  return names.includes("") ? words.imports.unnamedColumn(path) : null;
}

/** Why the server would refuse a table of sales; null if it would not, or if it is another table. */
export function refusalOfSales({ path, kind, header, columns }) {
  if (kind !== "sales") return null;
  const names = header.map(normalized);
  const repeated = Object.values(columns).find((name) => name && names.filter((other) => other === normalized(name)).length > 1);
  return repeated ? words.imports.repeatedColumn(path, repeated) : null;
}
