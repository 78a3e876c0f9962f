// A form on its way to the server: told as it goes, tried again while the server is away.

import { address, authorization, away, Problem } from "./api.js";
import { pause } from "./dom.js";
import { askForKey, key } from "./key.js";

const TRIES = 4;
const SILENT_MS = 30_000; // a link that is dead without a word is given up then
const STORING_MS = 120_000; // all has gone: the server may take its time with it
const LATER = [429, 507]; // too many requests, no room
const BROKEN = new Problem(0, { title: "Not sent", detail: "the server went away before all had come" });

/** Whether the same may well be taken later. */
export const later = (problem) => away(problem) || LATER.includes(problem.status);

/** Send `{path, form, once}`; `tell` hears how much has gone, and of each break. */
export async function send({ path, form, once }, tell) {
  for (let tries = 1; ; tries += 1) {
    const sent = key();
    try {
      return await post(path, form(), once, tell);
    } catch (problem) {
      if (problem.status === 401 && (await askForKey(problem.message, sent))) continue;
      if (!away(problem) || tries === TRIES) throw problem;
      tell({ problem, sent: 0 });
      await pause(1000 * 2 ** tries);
    }
  }
}

function post(path, form, once, tell) {
  const request = new XMLHttpRequest(); // fetch does not tell how much has been sent
  request.open("POST", address(path));
  request.setRequestHeader("Idempotency-Key", once);
  for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
  return new Promise((done, fail) => {
    const silence = watch(() => request.abort());
    request.upload.onprogress = ({ loaded, total }) => {
      silence.heard(SILENT_MS);
      tell({ sent: loaded, total, problem: null });
    };
    request.upload.onload = () => silence.heard(STORING_MS);
    request.onload = () => (request.status < 300 ? done(JSON.parse(request.responseText)) : fail(refusal(request)));
    request.onerror = request.onabort = () => fail(BROKEN);
    request.onloadend = silence.end;
    request.send(form);
  });
}

/** Calls `silent` when nothing has been heard for as long as was said last. */
function watch(silent) {
  let timer;
  const end = () => clearTimeout(timer);
  const heard = (ms) => {
    end();
    timer = setTimeout(silent, ms);
  };
  heard(SILENT_MS);
  return { heard, end };
}

function refusal({ status, responseText }) {
  try {
    return new Problem(status, JSON.parse(responseText));
  } catch {
    return new Problem(status, {});
  }
}
