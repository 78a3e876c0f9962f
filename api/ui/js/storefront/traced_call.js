// Calls to the API whose request, response and duration are shown on the page.

import { apiUrl, request } from "../api.js";
import { apiKey } from "../api_key.js";
import { fill, h } from "../dom.js";
import { words } from "../words.js";

let isUnfolded = false; // as the user left the last call

/** Send a request, and show it in a node; resolves with the JSON of the response. */
export async function tracedCall(node, { method = "GET", path, query, json }, signal) {
  const startedAt = performance.now();
  const show = (status, answer) =>
    fill(node, callView({ method, url: apiUrl(path, query), json, status, answer, ms: performance.now() - startedAt }));
  try {
    const response = await request(method, path, { query, json, signal });
    const answer = await response.json();
    show(response.status, answer);
    return answer;
  } catch (error) {
    if (!signal.aborted) show(error.status, error.body);
    throw error;
  }
}

const callView = ({ method, url, json, status, answer, ms }) => h("details", { class: "call", open: isUnfolded, ontoggle },
  h("summary", {}, words.calls.title), h("div", { class: "stack tight" },
    h("div", { class: "line-between" }, h("code", { class: "small" }, `${method} ${decodeURI(url.pathname)}`),
      h("span", { class: "small muted number", title: words.calls.durationHint },
        status ? words.calls.duration(status, ms) : words.calls.noResponse)),
    code(words.calls.curl, curl(method, url, json)),
    answer ? h("details", {}, h("summary", {}, words.calls.response), code(words.calls.response, JSON.stringify(answer, null, 2))) : null));

const ontoggle = ({ target }) => { isUnfolded = target.open; };

const code = (label, text) => h("pre", { class: "code", tabindex: "0", role: "group", "aria-label": label }, text);

/** The command for a request; the key itself is not shown. */
const curl = (method, url, json) => [
  `curl${method === "GET" ? "" : ` -X ${method}`} ${quote(url.href)}`,
  apiKey() ? '-H "Authorization: Bearer $LOOKALIKE_KEY"' : null,
  json === undefined ? null : `-H 'Content-Type: application/json' \\\n  -d ${quote(JSON.stringify(json))}`,
].filter(Boolean).join(" \\\n  ");

/** A text as one word of a shell. */
const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
