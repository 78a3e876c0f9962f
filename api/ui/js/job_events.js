// Job updates from an event stream per tab, which is closed while the tab is hidden or has no subscribers.

import { get, request } from "./api.js";
import { sleep } from "./dom.js";

const FINAL_STATES = new Set(["succeeded", "partial", "failed", "cancelled"]);
const RECONNECT_MS = 2000;
const SILENCE_MS = 4000; // afterwards the job is polled, since a gateway may buffer the stream
const subscribers = new Set();
let stream = null;
let isConnected = false;

export const hasEnded = (job) => FINAL_STATES.has(job.state);

/** Call `onJob` with every changed job until `signal` aborts, and `onReconnect` when updates may have been lost. */
export function subscribe(onJob, signal, onReconnect = () => {}) {
  if (signal.aborted) return;
  const subscriber = { onJob, onReconnect, wasConnected: isConnected };
  subscribers.add(subscriber);
  signal.addEventListener("abort", () => {
    subscribers.delete(subscriber);
    updateStream();
  }, { once: true });
  updateStream();
}

/** Call `onChange` with every update of one job; resolves with the job when it has ended. */
export async function followJob(id, onChange, signal) {
  const done = new AbortController();
  const stopSignal = AbortSignal.any([done.signal, signal]);
  let lastUpdate = 0;
  return new Promise((resolve, reject) => {
    const onJob = (job) => {
      if (job.id !== id || stopSignal.aborted) return;
      lastUpdate = Date.now();
      onChange(job);
      if (!hasEnded(job)) return;
      done.abort();
      resolve(job);
    };
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    subscribe(onJob, stopSignal);
    pollIfSilent(id, stopSignal, () => lastUpdate).catch((error) => stopSignal.aborted || reject(error));
  });
}

async function pollIfSilent(id, signal, lastUpdate) {
  for (; !signal.aborted; await sleep(SILENCE_MS / 2, signal)) {
    if (Date.now() - lastUpdate() <= SILENCE_MS) continue;
    await get(`v1/jobs/${id}`, {}, signal).then(publish).catch((error) => {
      if (error.status === 404 || signal.aborted) throw error; // retry while the server is unavailable
    });
  }
}

/** Open or close the stream as needed. */
function updateStream() {
  const isNeeded = subscribers.size > 0 && !document.hidden;
  if (isNeeded && !stream) {
    stream = new AbortController();
    readStream(stream.signal);
  } else if (!isNeeded && stream) {
    stream.abort();
    stream = null;
    isConnected = false;
  }
}

document.addEventListener("visibilitychange", updateStream);

async function readStream(signal) {
  while (!signal.aborted) {
    try {
      const response = await request("GET", "v1/jobs/events", { signal });
      onConnected();
      await readEvents(response.body.pipeThrough(new TextDecoderStream()).getReader());
    } catch (error) {
      if (signal.aborted || error.status === 401 || error.status === 403) return;
    }
    if (!signal.aborted) isConnected = false;
    await sleep(RECONNECT_MS, signal).catch(() => {});
  }
}

function onConnected() {
  isConnected = true;
  for (const subscriber of [...subscribers]) {
    if (subscriber.wasConnected) subscriber.onReconnect();
    subscriber.wasConnected = true;
  }
}

async function readEvents(reader) {
  let buffer = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (buffer + value).split(/\r?\n\r?\n/);
    buffer = events.pop();
    for (const event of events) {
      const lines = event.split(/\r?\n/).filter((line) => line.startsWith("data:"));
      if (lines.length) publish(JSON.parse(lines.map((line) => line.slice("data:".length)).join("\n")));
    }
  }
}

function publish(job) {
  for (const { onJob } of [...subscribers]) onJob(job);
}
