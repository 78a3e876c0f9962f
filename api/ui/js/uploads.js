// Uploads of this tab and their jobs, which continue when the user opens another page.

import { collectionPath, get } from "./api.js";
import { followJob } from "./job_events.js";
import { finishDeletions } from "./parts/deletions.js";
import { Problem } from "./problem.js";
import { serverInfo } from "./server_info.js";
import { createTar } from "./tar.js";
import { discardUpload, forget, remember, unfinishedUploads } from "./unfinished_uploads.js";
import { canRetryLater, sendUpload } from "./upload_request.js";
import { words } from "./words.js";

const MAX_SINGLE_FILES = 50; // more files, or files with paths, are sent as one archive
const never = new AbortController().signal;
const changes = new EventTarget();
const tabs = new BroadcastChannel("uploads"); // a duplicated tab remembers what the first is still sending

/** All uploads and tracked jobs, newest first; `state` is interrupted, sending, unsent, rejected, job, lost or ended. */
export const uploads = [];

/** Call back whenever an upload or its job changes. */
export const onUploadsChange = (listener) => changes.addEventListener("change", listener);

/**
 * Upload `[path, File, field]` to a collection; the field is `files` for pictures and archives, or `manifest`.
 * `options` are further fields of the import.
 */
export function uploadImages(collection, entries, options = {}) {
  const manifests = entries.filter(([, , field]) => field === "manifest");
  const files = entries.filter(([, , field]) => field === "files");
  const sent = needArchive(files) ? [[archiveName(files), createTar(files), "files"], ...manifests] : entries;
  const name = entries.length === 1 ? entries[0][0] : words.activity.files(entries.length);
  const label = options.dry_run ? words.activity.check(name) : name;
  const fields = sent.map(([path, file, field]) => [field, file, path]);
  return uploadFiles(collection, label, [...Object.entries(options), ...fields]);
}

/** Whether files are sent as one archive. */
export const needArchive = (files) => files.length > MAX_SINGLE_FILES || files.some(([path]) => path.includes("/"));

/** Add an image of an item, or replace the one that the view has now. */
export function uploadView(collection, sku, view, file) {
  const name = file.name.replaceAll("/", "_");
  const row = new File([JSON.stringify({ sku, file: name, view })], "items.jsonl");
  return uploadFiles(collection, words.images.alt(sku, view), [["manifest", row, row.name], ["files", file, name]]);
}

const uploadFiles = (collection, label, fields) => startUpload({ collection, path: collectionPath(collection, "items"), fields, label });

/** The archive of a dropped folder is named after it, which says that the folder is not an item. */
export function archiveName(entries) {
  const folders = new Set(entries.map(([path]) => (path.includes("/") ? path.split("/")[0] : "upload")));
  return `${folders.size === 1 ? [...folders][0] : "upload"}.tar`;
}

/** Upload a file of order lines; `columns` are names of columns that the server does not find by itself. */
export const uploadSales = (collection, file, columns = "") => startUpload({
  collection, path: collectionPath(collection, "sales"), query: { columns }, fields: [["file", file, file.name]], label: file.name,
});

/** Show and follow a job that no upload started. */
export const trackJob = (job, label) => followUntilEnd(add({ collection: job.collection, label, state: "job", job }));

export function dismiss(upload) {
  uploads.splice(0, uploads.length, ...uploads.filter((other) => other !== upload));
  notify();
}

export function dismissFinished() {
  uploads.splice(0, uploads.length, ...uploads.filter(isBusy));
  notify();
}

export const isBusy = ({ state }) => state === "sending" || state === "job";
const isOpen = ({ state }) => state === "sending" || state === "unsent"; // with its files in this tab

function startUpload(upload) {
  const idempotencyKey = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`; // prevents a second import
  return send(add({ ...upload, state: "sending", idempotencyKey }));
}

/** Send an upload, perhaps again: its files are available as long as the tab is open. */
export async function send(upload) {
  update(upload, { state: "sending", sent: 0, total: 0, problem: null });
  try {
    await checkSize(upload.fields);
    await finishDeletions(); // the upload may bring back the same items
    update(upload, { job: await sendUpload(upload, (changed) => onProgress(upload, changed)), state: "job" });
  } catch (problem) {
    return update(upload, { state: canRetryLater(problem) ? "unsent" : "rejected", problem });
  } finally {
    if (upload.fingerprint && upload.state !== "unsent") forget(upload.fingerprint);
  }
  return followUntilEnd(upload);
}

function onProgress(upload, changed) {
  const { fingerprint } = changed;
  if (fingerprint) {
    remember(fingerprint, upload);
    dismissInterrupted(fingerprint);
    tabs.postMessage({ fingerprint, isOpen: true });
  }
  update(upload, changed);
}

/** Show the large uploads that a reload of the page has interrupted. */
export async function showInterrupted() {
  for (const upload of await unfinishedUploads()) {
    add({ ...upload, state: "interrupted" });
    tabs.postMessage({ fingerprint: upload.fingerprint, isOpen: false });
  }
}

/** Offer an upload no longer that goes on, here or in another tab. */
const dismissInterrupted = (fingerprint) =>
  uploads.filter((upload) => upload.state === "interrupted" && upload.fingerprint === fingerprint).forEach(dismiss);

tabs.onmessage = ({ data: { fingerprint, isOpen: isOpenElsewhere } }) => {
  const isOpenHere = uploads.some((upload) => isOpen(upload) && upload.fingerprint === fingerprint);
  if (isOpenHere && !isOpenElsewhere) tabs.postMessage({ fingerprint, isOpen: true });
  if (isOpenHere || !isOpenElsewhere) return;
  forget(fingerprint);
  dismissInterrupted(fingerprint);
};

/** Give up an interrupted upload. */
export async function discard(upload) {
  try {
    await discardUpload(upload);
    dismiss(upload);
  } catch (problem) {
    update(upload, { problem });
  }
}

/** Throw a problem if the files of a form exceed the server's limit, before any of them is sent. */
async function checkSize(fields) {
  const { limits } = await serverInfo();
  const size = fields.reduce((sum, [, value]) => sum + (value?.size ?? 0), 0);
  const limit = limits.max_upload_mb * 2 ** 20;
  if (size > limit) throw new Problem(413, words.activity.tooLarge(size, limit));
}

async function followUntilEnd(upload) {
  try {
    await followJob(upload.job.id, (job) => update(upload, { job }), never);
    const { training } = upload.job.result ?? {};
    if (training) trackJob(await get(`v1/jobs/${training}`), words.recommendations.trainingJob);
    return update(upload, { state: "ended" });
  } catch (problem) {
    return update(upload, { state: "lost", problem });
  }
}

function add(upload) {
  uploads.unshift(upload);
  return update(upload, {});
}

function update(upload, changed) {
  Object.assign(upload, changed);
  notify();
  return upload;
}

const notify = () => changes.dispatchEvent(new Event("change"));

addEventListener("beforeunload", (event) => {
  if (uploads.some(isOpen)) event.preventDefault();
});
