// Files on their way to the server, and the jobs that follow. They go on whatever page is shown.

import { at, get } from "./api.js";
import { follow } from "./live.js";
import { later, send } from "./sending.js";
import { tar } from "./tar.js";

const LOOSE = 50; // more files than this, or files with paths, go as one archive
const forever = new AbortController().signal;
export const uploads = []; // the newest first
const changes = new EventTarget();

/** Call back whenever an upload or its job has changed, until the signal. */
export function onUploads(listener, signal = forever) {
  changes.addEventListener("change", listener, { signal });
}

/** Send pictures and archives, `[path, File]` each, into a collection. */
export function sendPictures(collection, entries) {
  const paths = entries.some(([path]) => path.includes("/"));
  const packed = paths || entries.length > LOOSE;
  const files = packed ? [["upload.tar", tar(entries)]] : entries;
  const form = () => formOf(files.map(([name, file]) => [/^items\.(csv|jsonl)$/.test(name) ? "manifest" : "files", file, name]));
  return begin({ collection, path: at(collection, "items"), form, label: labelOf(entries, "picture") });
}

/** Send a file of order lines. */
export function sendSales(collection, file) {
  return begin({ collection, path: at(collection, "sales"), form: () => formOf([["file", file, file.name]]), label: file.name });
}

/** Follow a job that a button has begun, beside the uploads. */
export function track(job, label) {
  const upload = add({ collection: job.collection, label, state: "job", job });
  return finish(upload);
}

export function dismiss() {
  uploads.splice(0, uploads.length, ...uploads.filter(busy));
  tell();
}

export const busy = (upload) => upload.state === "sending" || upload.state === "job";

/** The same key each time, so that what came through is not taken twice. */
const begin = (wanted) => sendNow(add({ ...wanted, state: "sending", once: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}` }));

/** Send it, again if need be: its files are at hand as long as the tab is. */
export async function sendNow(upload) {
  change(upload, { state: "sending", sent: 0, total: 0, problem: null });
  try {
    change(upload, { job: await send(upload, (news) => change(upload, news)), state: "job" });
  } catch (problem) {
    return change(upload, { state: later(problem) ? "unsent" : "refused", problem });
  }
  return finish(upload);
}

async function finish(upload) {
  try {
    await follow(upload.job.id, (job) => change(upload, { job }), forever);
    const { training } = upload.job.result ?? {};
    if (training) track(await get(`v1/jobs/${training}`), "Training");
  } catch (problem) {
    return change(upload, { state: "lost", problem });
  }
  return change(upload, { state: "ended" });
}

function add(upload) {
  uploads.unshift(upload);
  tell();
  return upload;
}

function change(upload, news) {
  Object.assign(upload, news);
  tell();
  return upload;
}

const tell = () => changes.dispatchEvent(new Event("change"));

function formOf(parts) {
  const form = new FormData();
  parts.forEach((part) => form.append(...part));
  return form;
}

function labelOf(entries, word) {
  return entries.length === 1 ? entries[0][0] : `${entries.length.toLocaleString()} ${word}s`;
}

addEventListener("beforeunload", (event) => {
  if (uploads.some((upload) => upload.state === "sending" || upload.state === "unsent")) event.preventDefault();
});
