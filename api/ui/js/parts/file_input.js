// Files that are dropped or chosen; folders are read recursively and keep their paths.

import { h } from "../dom.js";

export const ACCEPTED_FILES = "image/*,.zip,.tar,.gz,.tgz,.csv,.jsonl"; // of an import of items
// Hidden files and those that operating systems add; the server skips them, too.
export const IGNORED_FILES = /(^|\/)(\.|(__MACOSX|@eaDir|@Recycle|#recycle|\$RECYCLE\.BIN)\/|(Thumbs\.db|desktop\.ini)$)/i;

/** The dropped files as `[path, File]` pairs. */
async function droppedFiles(event) {
  const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile()); // before the first await
  const files = await Promise.all(entries.map((entry) => (entry instanceof File ? [[entry.name, entry]] : readEntry(entry))));
  return files.flat().filter(([path]) => !IGNORED_FILES.test(path));
}

async function readEntry(entry) {
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) return [[path, await new Promise((resolve, reject) => entry.file(resolve, reject))]];
  const reader = entry.createReader();
  const files = [];
  for (;;) { // readEntries returns a folder in batches
    const batch = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!batch.length) return files.flat();
    files.push(...(await Promise.all(batch.map(readEntry))));
  }
}

/** Make a node a drop zone; `onFiles` gets `[path, File]` pairs. An inner zone keeps its files from an outer one. */
export function dropZone(node, onFiles) {
  let depth = 0; // dragenter and dragleave also fire for child nodes
  const setDepth = (value) => {
    depth = Math.max(0, value);
    node.classList.toggle("drag-over", depth > 0);
  };
  node.addEventListener("dragenter", (event) => { event.preventDefault(); setDepth(depth + 1); });
  node.addEventListener("dragleave", () => setDepth(depth - 1));
  node.addEventListener("drop", async (event) => {
    setDepth(0);
    if (event.defaultPrevented) return;
    event.preventDefault();
    const files = await droppedFiles(event);
    if (files.length) onFiles(files);
  });
  return node;
}

/** A button that opens the file picker; `onFiles` gets `[path, File]` pairs, `name` is for screen readers. */
export function fileButton(label, onFiles, { accept, multiple = false, folder = false, capture = null, primary = false, name = null } = {}) {
  const onchange = () => {
    const files = [...input.files].map((file) => [file.webkitRelativePath || file.name, file])
      .filter(([path]) => !IGNORED_FILES.test(path));
    input.value = ""; // allows the same file to be chosen again
    if (files.length) onFiles(files);
  };
  const input = h("input", { type: "file", accept, multiple, webkitdirectory: folder, capture, onchange, hidden: true });
  const button = { type: "button", class: primary ? "primary" : "", "aria-label": name, onclick: () => input.click() };
  return [h("button", button, label), input];
}

// keeps the browser from opening a file that is dropped outside a drop zone
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => event.preventDefault());
