// Sends uploads, and follows their jobs, also when the user opens another page.

import { collectionPath, get } from "./api.js";
import { offerAfterReload } from "./interrupted_uploads.js";
import { followJob } from "./job_events.js";
import { finishDeletions } from "./parts/deletions.js";
import { Problem } from "./problem.js";
import { isLarge } from "./resumable_upload.js";
import { serverInfo } from "./server_info.js";
import { createTar } from "./tar.js";
import { forget } from "./unfinished_uploads.js";
import { add, isOpen, update, uploads } from "./upload_list.js";
import { canRetryLater, fingerprintOf, sendUpload } from "./upload_request.js";
import { words } from "./words.js";

const MAX_SINGLE_FILES = 50; // more files, or files with paths, are sent as one archive
const never = new AbortController().signal;
let lastTurn = Promise.resolve(); // of the uploads with large files

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
  return uploadFiles(collection, label, [...Object.entries(options), ...fields], haveFolders(files) ? "folder" : "files");
}

/** The large ones of some files `[path, File]`; none if all are sent as one archive. */
export const largeFiles = (files) => (needArchive(files) ? [] : files.filter(([, file]) => isLarge(["files", file])));

const needArchive = (files) => files.length > MAX_SINGLE_FILES || haveFolders(files);
const haveFolders = (files) => files.some(([path]) => path.includes("/"));

/** Add an image of an item, or replace the one that the view has now. */
export function uploadView(collection, sku, view, file) {
  const name = file.name.replaceAll("/", "_");
  const row = new File([JSON.stringify({ sku, file: name, view })], "items.jsonl");
  return uploadFiles(collection, words.images.alt(sku, view), [["manifest", row, row.name], ["files", file, name]], null);
}

const uploadFiles = (collection, label, fields, source) =>
  startUpload({ collection, path: collectionPath(collection, "items"), fields, label, source });

/** The archive of a dropped folder is named after it, which says that the folder is not an item. */
export function archiveName(entries) {
  const folders = new Set(entries.map(([path]) => (path.includes("/") ? path.split("/")[0] : "upload")));
  return `${folders.size === 1 ? [...folders][0] : "upload"}.tar`;
}

/** Upload a file of order lines; `query` has the columns and the encoding that the server does not find by itself. */
export const uploadSales = (collection, file, query = {}) => startUpload({
  collection, path: collectionPath(collection, "sales"), query, fields: [["file", file, file.name]],
  label: file.name, source: "sales",
});

/** Show and follow a job that no upload started. */
export const trackJob = (job, label) => followUntilEnd(add({ collection: job.collection, label, state: "job", job }));

function startUpload(upload) {
  const idempotencyKey = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`; // prevents a second import
  return send(add({ ...upload, state: "waiting", idempotencyKey, fingerprint: fingerprintOf(upload) }));
}

/** Send an upload, perhaps again: its files are available as long as the tab is open. */
export async function send(upload) {
  update(upload, { state: "waiting", sent: 0, total: 0, problem: null });
  offerAfterReload(upload);
  await (upload.fingerprint ? inTurn(() => sendNow(upload)) : sendNow(upload));
  return upload.state === "job" ? followUntilEnd(upload) : upload;
}

/** Large files are sent one after another: browsers open few connections, and the server accepts few unfinished uploads. */
function inTurn(action) {
  lastTurn = lastTurn.then(action);
  return lastTurn;
}

async function sendNow(upload) {
  update(upload, { state: "sending" });
  try {
    await checkSize(upload.fields);
    await finishDeletions(); // the upload may bring back the same items
    update(upload, { job: await sendUpload(upload, (changed) => onProgress(upload, changed)), state: "job" });
  } catch (problem) {
    update(upload, { state: canRetryLater(problem, upload) ? "unsent" : "rejected", problem });
  } finally {
    if (upload.fingerprint && upload.state !== "unsent") forget(upload.fingerprint);
  }
}

function onProgress(upload, changed) {
  update(upload, changed);
  if ("stored" in changed) offerAfterReload(upload);
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

addEventListener("beforeunload", (event) => {
  if (uploads.some(isOpen)) event.preventDefault();
});
