// The rows of a sales file that could not be used, each with the reason.

import { answer, at, download, get } from "../api.js";
import { firstRows } from "../csv.js";
import { h } from "../dom.js";
import { count, counted } from "../format.js";
import { row, table } from "../parts/table.js";
import { to } from "../router.js";

const SHOWN = 100;
const COLUMNS = ["Reason", "Line", "Row"];

export async function rejects({ name, upload, signal }) {
  const path = at(name, "sales", upload, "rejects.csv");
  const [{ items: uploads }, csv] = await Promise.all([get(at(name, "sales"), {}, signal), answer("GET", path, { signal })]);
  const [, ...rows] = await firstRows(csv, SHOWN + 1);
  const { filename, report } = uploads.find(({ id }) => id === upload);
  return [
    h("p", { class: "back" }, h("a", { href: to("c", name, "recommendations") }, `← Sales of ${name}`)),
    h("div", { class: "head" },
      h("div", {}, h("h1", {}, `Set aside of ${filename}`), h("p", {}, `${counted(report.rejected, "row")} of ${count(report.rows)} could not be used`)),
      h("button", { onclick: () => download(path, {}, `${filename}-rejects.csv`) }, "All as CSV")),
    h("section", { class: "panel stack" },
      report.rejected > rows.length ? h("p", { class: "soft" }, `The first ${count(rows.length)}:`) : null,
      table("Rows set aside", COLUMNS, rows.map(([line, reason, text]) => row(COLUMNS, [reason, line, h("code", {}, text)])))),
  ];
}
