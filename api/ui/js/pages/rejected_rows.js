// The rejected rows of a sales file with the reasons.

import { collectionPath, download, get, request } from "../api.js";
import { firstRows } from "../csv.js";
import { h } from "../dom.js";
import { backLink, pageHeader } from "../parts/layout.js";
import { row, table } from "../parts/table.js";
import { pageUrl } from "../router.js";
import { words } from "../words.js";

const MAX_ROWS = 100;

/** A reason that names columns as the page does, not as the API does: "customer is empty". */
const plainReason = (reason) => reason.replace(/^(md5email|order_id|created_at)\b/, (column) => words.rejectedRows.columnNames[column]);

export async function rejectedRowsPage({ name, upload, signal }) {
  const path = collectionPath(name, "sales", upload, "rejects.csv");
  const [{ items: uploads }, response] = await Promise.all([
    get(collectionPath(name, "sales"), {}, signal), request("GET", path, { signal }),
  ]);
  const [, ...rows] = await firstRows(response, MAX_ROWS + 1); // without the header
  const { filename, report } = uploads.find(({ id }) => id === upload);
  return [
    backLink(pageUrl("c", name, "recommendations"), words.rejectedRows.back(name)),
    pageHeader(words.rejectedRows.title(filename), words.rejectedRows.subtitle(report.rejected, report.rows),
      h("button", { onclick: () => download(path, {}, `${filename}-rejects.csv`) }, words.rejectedRows.download)),
    h("section", { class: "panel stack" },
      report.rejected > rows.length ? h("p", { class: "muted" }, words.rejectedRows.first(rows.length)) : null,
      table(words.rejectedRows.label, words.rejectedRows.columns,
        rows.map(([line, reason, text]) => row(words.rejectedRows.columns, [plainReason(reason), line, h("code", {}, text)])))),
  ];
}
