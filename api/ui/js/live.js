// Jobs as they change, over one stream for the whole tab; closed while nobody looks or listens.

import { answer, get } from "./api.js";
import { pause } from "./dom.js";

const FINAL = new Set(["succeeded", "partial", "failed", "cancelled"]);
const AGAIN_MS = 2000;
const SILENT_MS = 4000; // a gateway may hold the stream back: then we ask
const listeners = new Set();
let stream = null;
let connected = false;

export const ended = (job) => FINAL.has(job.state);

/** Call back with every job that changes, until the signal; `again` when some may have been missed. */
export function listen(listener, signal, again = () => {}) {
  if (signal.aborted) return;
  const one = { listener, again, heard: connected };
  listeners.add(one);
  signal.addEventListener("abort", () => {
    listeners.delete(one);
    tend();
  }, { once: true });
  tend();
}

/** Follow one job; resolves when it has ended. */
export async function follow(id, onChange, signal) {
  const done = new AbortController();
  const until = AbortSignal.any([done.signal, signal]);
  let heard = 0;
  return new Promise((resolve, reject) => {
    const take = (job) => {
      if (job.id !== id || until.aborted) return;
      heard = Date.now();
      onChange(job);
      if (!ended(job)) return;
      done.abort();
      resolve(job);
    };
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    listen(take, until);
    askNowAndThen(id, until, () => heard).catch((error) => until.aborted || reject(error));
  });
}

async function askNowAndThen(id, signal, heard) {
  while (!signal.aborted) {
    if (Date.now() - heard() > SILENT_MS) {
      try {
        tell(await get(`v1/jobs/${id}`, {}, signal));
      } catch (error) {
        if (error.status === 404 || signal.aborted) throw error; // else the server is away: ask again
      }
    }
    await pause(SILENT_MS / 2, signal);
  }
}

function tend() {
  const wanted = listeners.size > 0 && !document.hidden;
  if (wanted && !stream) {
    stream = new AbortController();
    run(stream.signal);
  } else if (!wanted && stream) {
    stream.abort();
    stream = null;
    connected = false;
  }
}

document.addEventListener("visibilitychange", tend);

async function run(signal) {
  while (!signal.aborted) {
    try {
      const got = await answer("GET", "v1/jobs/events", { signal });
      connect();
      await read(got.body.pipeThrough(new TextDecoderStream()).getReader());
    } catch (error) {
      if (signal.aborted || error.status === 401 || error.status === 403) return;
    }
    if (!signal.aborted) connected = false;
    await pause(AGAIN_MS, signal).catch(() => {});
  }
}

function connect() {
  connected = true;
  for (const one of [...listeners]) {
    if (one.heard) one.again();
    one.heard = true;
  }
}

async function read(reader) {
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (rest + value).split(/\r?\n\r?\n/);
    rest = events.pop();
    events.forEach(told);
  }
}

function told(event) {
  const data = event.split(/\r?\n/).filter((line) => line.startsWith("data:")).map((line) => line.slice(5)).join("\n");
  if (data) tell(JSON.parse(data));
}

function tell(job) {
  for (const { listener } of [...listeners]) listener(job);
}
