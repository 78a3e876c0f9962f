// The API key: entered when the server requires one, and stored until this tab is closed.

import { h } from "./dom.js";
import { openFormDialog } from "./parts/dialogs.js";
import { field } from "./parts/layout.js";
import { readStored, store } from "./stored_json.js";
import { words } from "./words.js";

const STORAGE_NAME = "lookalike-key";
let pendingPrompt = null;

export const apiKey = () => readStored("sessionStorage", STORAGE_NAME, "");

export function setApiKey(key) {
  store("sessionStorage", STORAGE_NAME, key);
  document.dispatchEvent(new Event("api-key-changed"));
}

export function forgetApiKey() {
  store("sessionStorage", STORAGE_NAME, "");
  location.reload();
}

/**
 * Prompt for a key, once for all waiting requests. `usedKey` is the rejected key, "" if no key was sent.
 * Resolves with whether a request can be tried again.
 */
export async function requestApiKey(usedKey) {
  if (apiKey() !== usedKey) return true; // entered meanwhile for another request
  pendingPrompt ??= openPrompt().finally(() => { pendingPrompt = null; });
  return pendingPrompt;
}

const openPrompt = () => openFormDialog({
  title: words.apiKey.title, action: words.apiKey.use, closesOnNavigation: false,
  body: [
    h("p", { id: "key-explanation", class: "muted" }, apiKey()
      ? words.apiKey.wasRejected
      : words.apiKey.whoCreatesOne(h("code", {}, "lookalike keys create NAME --role admin"))),
    field("key", words.apiKey.label, h("input", {
      type: "password", id: "key", name: "key", autocomplete: "off", required: true, "aria-describedby": "key-explanation",
    }), words.apiKey.hint),
  ],
  isValid: ({ key }) => key.trim(),
  onSubmit: ({ key }) => setApiKey(key.trim()),
});
