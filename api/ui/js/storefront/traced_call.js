// Calls to the API whose request, response and duration are shown on the page.

import { apiUrl, request } from "../api.js";
import { apiKey } from "../api_key.js";
import { fill, h } from "../dom.js";

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

const callView = ({ method, url, json, status, answer, ms }) => h("div", { class: "call stack" },
  h("div", { class: "line-between" }, h("h3", {}, "The call behind it"),
    h("span", { class: "small muted number", title: "Measured in this browser, with the network" },
      status ? `${status} · ${Math.max(1, Math.round(ms))} ms` : "no response")),
  h("p", { class: "small" }, h("code", {}, `${method} ${decodeURI(url.pathname)}`)),
  code("Request as curl", curl(method, url, json)),
  answer ? h("details", {}, h("summary", {}, "Response"), code("Response", JSON.stringify(answer, null, 2))) : null);

const code = (label, text) => h("pre", { class: "code", tabindex: "0", role: "group", "aria-label": label }, text);

/** The command for a request; the key itself is not shown. */
const curl = (method, url, json) => [
  `curl${method === "GET" ? "" : ` -X ${method}`} ${quote(url.href)}`,
  apiKey() ? '-H "Authorization: Bearer $LOOKALIKE_KEY"' : null,
  json === undefined ? null : `-H 'Content-Type: application/json' \\\n  -d ${quote(JSON.stringify(json))}`,
].filter(Boolean).join(" \\\n  ");

/** A text as one word of a shell. */
const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
