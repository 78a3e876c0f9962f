// The API key: asked for where the server wants one, kept for this tab only.

import { h } from "./dom.js";

const NAME = "lookalike-key";
let asking = null;

export const key = () => sessionStorage.getItem(NAME) ?? "";

export function forgetKey() {
  sessionStorage.removeItem(NAME);
  location.reload();
}

/** Ask once, however many requests wait for it; whether there is a key to try now. */
export async function askForKey(why, refused) {
  if (key() !== refused) return true; // another request has asked meanwhile
  asking ??= ask(why).finally(() => { asking = null; });
  return asking;
}

function ask(why) {
  const field = h("input", { type: "password", id: "key", autocomplete: "off", required: true, "aria-describedby": "key-why" });
  const dialog = h("dialog", { "aria-labelledby": "key-title" },
    h("form", { method: "dialog" },
      h("h2", { id: "key-title" }, "This server needs a key"),
      h("p", { id: "key-why", class: "soft" }, key() ? `The key was not accepted: ${why}.` : ["Whoever runs it makes one with ", h("code", {}, "lookalike keys create"), "."]),
      h("div", {}, h("label", { for: "key" }, "API key"), field, h("p", { class: "hint" }, "It is kept until this tab is closed.")),
      h("div", { class: "buttons" },
        h("button", { type: "button", onclick: () => dialog.close("") }, "Cancel"),
        h("button", { class: "main", value: "use" }, "Use it"))));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => {
      const given = dialog.returnValue === "use" ? field.value.trim() : "";
      dialog.remove();
      if (given) {
        sessionStorage.setItem(NAME, given);
        document.dispatchEvent(new Event("key"));
      }
      done(Boolean(given));
    });
  });
}
