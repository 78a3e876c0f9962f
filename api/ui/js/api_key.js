// The API key: entered when the server requires one, and stored until this tab is closed.

import { h } from "./dom.js";

const STORAGE_NAME = "lookalike-key";
let pendingPrompt = null;

export const apiKey = () => sessionStorage.getItem(STORAGE_NAME) ?? "";

export function forgetApiKey() {
  sessionStorage.removeItem(STORAGE_NAME);
  location.reload();
}

/**
 * Prompt for a key once, however many requests wait for it. `usedKey` is the key that was rejected,
 * "" if none was sent. Resolves with whether there is a key to try now.
 */
export async function requestApiKey(usedKey) {
  if (apiKey() !== usedKey) return true; // entered meanwhile for another request
  pendingPrompt ??= openPrompt().finally(() => { pendingPrompt = null; });
  return pendingPrompt;
}

function openPrompt() {
  const input = h("input", {
    type: "password", id: "key", autocomplete: "off", required: true, "aria-describedby": "key-hint",
  });
  const explanation = apiKey()
    ? "The key was rejected. It may be mistyped or revoked."
    : ["The server's administrator can create one with ", h("code", {}, "lookalike keys create"), "."];
  const dialog = h("dialog", { "aria-labelledby": "key-title" },
    h("form", { method: "dialog" },
      h("h2", { id: "key-title" }, "This server requires an API key"),
      h("p", { id: "key-hint", class: "muted" }, explanation),
      h("div", {}, h("label", { for: "key" }, "API key"), input,
        h("p", { class: "hint" }, "The key is stored until you close this tab.")),
      h("div", { class: "buttons" },
        h("button", { type: "button", onclick: () => dialog.close("") }, "Cancel"),
        h("button", { class: "primary", value: "use" }, "Use key"))));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const key = dialog.returnValue === "use" ? input.value.trim() : "";
      dialog.remove();
      if (key) {
        sessionStorage.setItem(STORAGE_NAME, key);
        document.dispatchEvent(new Event("api-key-changed"));
      }
      resolve(Boolean(key));
    });
  });
}
