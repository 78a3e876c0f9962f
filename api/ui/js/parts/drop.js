// Files that are dropped, picked or pasted; folders are walked through, with their paths.

import { h } from "../dom.js";

/** What a drop holds: `[path, File]` pairs. */
export async function dropped(event) {
  const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const found = await Promise.all(entries.map((entry) => (entry instanceof File ? [[entry.name, entry]] : walk(entry))));
  return found.flat().filter(([path]) => !/(^|\/)(\.|__MACOSX\/|Thumbs\.db$)/.test(path));
}

async function walk(entry) {
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) return [[path, await new Promise((done, fail) => entry.file(done, fail))]];
  const reader = entry.createReader();
  const found = [];
  for (;;) { // a folder is told in parts
    const some = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (!some.length) return found.flat();
    found.push(...(await Promise.all(some.map(walk))));
  }
}

/** Take files that are dropped anywhere upon a node. */
export function takeDrops(node, take) {
  let depth = 0;
  const over = (change) => {
    depth = Math.max(0, depth + change);
    node.classList.toggle("over", depth > 0);
  };
  node.addEventListener("dragenter", (event) => { event.preventDefault(); over(1); });
  node.addEventListener("dragleave", () => over(-1));
  node.addEventListener("dragover", (event) => event.preventDefault());
  node.addEventListener("drop", async (event) => {
    event.preventDefault();
    over(-depth);
    const entries = await dropped(event);
    if (entries.length) take(entries);
  });
  return node;
}

/** A button that opens the file picker. */
export function picker(label, take, { accept, multiple = false, folder = false, capture = null, main = false } = {}) {
  const input = h("input", { type: "file", accept, multiple, webkitdirectory: folder, capture, hidden: true, tabindex: "-1", "aria-hidden": "true" });
  input.addEventListener("change", () => {
    const entries = [...input.files].map((file) => [file.webkitRelativePath || file.name, file]);
    input.value = "";
    if (entries.length) take(entries);
  });
  return [h("button", { type: "button", class: main ? "main" : "", onclick: () => input.click() }, label), input];
}

// a file dropped beside a place for files would be opened by the browser in place of this page
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => event.preventDefault());
