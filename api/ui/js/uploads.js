// Files on their way to the server, and the jobs that follow. They go on whatever page is shown.

import { address, at, authorization, get, Problem } from "./api.js";
import { askForKey, key } from "./key.js";
import { follow } from "./live.js";
import { tar } from "./tar.js";

const TRIES = 4;
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
  return send({ collection, path: at(collection, "items"), form, label: labelOf(entries, "picture") });
}

/** Send a file of order lines. */
export function sendSales(collection, file) {
  return send({ collection, path: at(collection, "sales"), form: () => formOf([["file", file, file.name]]), label: file.name, sales: true });
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

async function send({ collection, path, form, label, sales = false }) {
  const upload = add({ collection, label, state: "sending", sent: 0, total: 0, sales });
  try {
    upload.job = await insist(path, form, upload);
    upload.state = "job";
    tell();
  } catch (problem) {
    Object.assign(upload, { state: "refused", problem });
    tell();
    return upload;
  }
  return finish(upload);
}

/** The same key each time, so that what came through is not taken twice. */
async function insist(path, form, upload) {
  const once = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  for (let tries = 1; ; tries += 1) {
    const sent = key();
    try {
      return await post(path, form(), once, upload);
    } catch (problem) {
      if (problem.status === 401 && (await askForKey(problem.message, sent))) continue;
      const passing = problem.status === 0 || problem.status === 503;
      if (!passing || tries === TRIES) throw problem;
      await new Promise((done) => setTimeout(done, 1000 * 2 ** tries));
    }
  }
}

function post(path, form, once, upload) {
  const request = new XMLHttpRequest(); // fetch does not tell how much has been sent
  request.open("POST", address(path));
  request.setRequestHeader("Idempotency-Key", once);
  for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
  request.upload.onprogress = ({ loaded, total }) => {
    Object.assign(upload, { sent: loaded, total });
    tell();
  };
  return new Promise((done, fail) => {
    request.onload = () => (request.status < 300 ? done(JSON.parse(request.responseText)) : fail(refusal(request)));
    request.onerror = () => fail(new Problem(0, { title: "Not sent", detail: "the connection broke" }));
    request.send(form);
  });
}

function refusal({ status, responseText }) {
  try {
    return new Problem(status, JSON.parse(responseText));
  } catch {
    return new Problem(status, {});
  }
}

async function finish(upload) {
  try {
    await follow(upload.job.id, (job) => {
      upload.job = job;
      tell();
    }, forever);
    upload.state = "ended";
    const { training } = upload.job.result ?? {};
    if (training) track(await get(`v1/jobs/${training}`), "Training");
  } catch (problem) {
    Object.assign(upload, { state: "refused", problem });
  }
  tell();
  return upload;
}

function add(upload) {
  uploads.unshift(upload);
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
  if (uploads.some((upload) => upload.state === "sending")) event.preventDefault();
});
