// The rows of a sales file that were not imported, by reason.

import { collectionPath, download, get } from "../api.js";
import { h } from "../dom.js";
import { formatNumber } from "../format.js";
import { backLink, pageHeader, panel } from "../parts/layout.js";
import { row, table } from "../parts/table.js";
import { pageUrl } from "../router.js";
import { words } from "../words.js";

const MAX_EXAMPLES = 20; // of each reason

export async function rejectedRowsPage({ name, upload, signal }) {
  const path = (part) => collectionPath(name, "sales", upload, part);
  const [{ items: uploads }, { items: reasons }] = await Promise.all([
    get(collectionPath(name, "sales"), {}, signal), get(path("reasons"), { examples: MAX_EXAMPLES }, signal),
  ]);
  const { filename, report } = uploads.find(({ id }) => id === upload);
  const areKept = reasons.some(({ examples }) => examples.some(({ text }) => text));
  const save = () => download(path("rejects.csv"), {}, `${filename}-rejects.csv`);
  return [
    backLink(pageUrl("c", name, "recommendations"), words.rejectedRows.back(name)),
    pageHeader(words.rejectedRows.title(filename), words.rejectedRows.subtitle(report.rows - report.accepted, report.rows),
      areKept ? h("button", { onclick: save }, words.rejectedRows.download(report.rejected)) : null),
    h("div", { class: "stack" }, reasons.map(reasonPanel)),
  ];
}

function reasonPanel({ reason, rows, examples }) {
  const texts = examples.filter(({ text }) => text);
  return panel(words.rejectedRows.reason(rows, reason),
    examples.length < rows && examples.length ? h("p", { class: "muted" }, words.rejectedRows.first(examples.length)) : null,
    texts.length ? examplesTable(examples)
      : h("p", {}, examples.length ? words.rejectedRows.lines(examples.map(({ line }) => formatNumber(line))) : words.rejectedRows.notKept));
}

const examplesTable = (examples) => table(words.rejectedRows.label, words.rejectedRows.columns,
  examples.map(({ line, text }) => row(words.rejectedRows.columns, [h("code", {}, text ?? ""), formatNumber(line)])));
