// The rejected rows of a sales file with the reasons.

import { collectionPath, download, get, request } from "../api.js";
import { firstRows } from "../csv.js";
import { h } from "../dom.js";
import { formatNumber, pluralize } from "../format.js";
import { backLink, pageHeader } from "../parts/layout.js";
import { row, table } from "../parts/table.js";
import { pageUrl } from "../router.js";

const MAX_ROWS = 100;
const COLUMNS = ["Reason", "Line", "Row"];

export async function rejectedRowsPage({ name, upload, signal }) {
  const path = collectionPath(name, "sales", upload, "rejects.csv");
  const [{ items: uploads }, response] = await Promise.all([
    get(collectionPath(name, "sales"), {}, signal), request("GET", path, { signal }),
  ]);
  const [, ...rows] = await firstRows(response, MAX_ROWS + 1); // without the header
  const { filename, report } = uploads.find(({ id }) => id === upload);
  return [
    backLink(pageUrl("c", name, "recommendations"), `Sales of ${name}`),
    pageHeader(`Rejected rows of ${filename}`,
      `${formatNumber(report.rejected)} of ${pluralize(report.rows, "row")} could not be imported`,
      h("button", { onclick: () => download(path, {}, `${filename}-rejects.csv`) }, "Download all as CSV")),
    h("section", { class: "panel stack" },
      report.rejected > rows.length ? h("p", { class: "muted" }, `The first ${formatNumber(rows.length)}:`) : null,
      table("Rejected rows", COLUMNS, rows.map(([line, reason, text]) => row(COLUMNS, [reason, line, h("code", {}, text)])))),
  ];
}
