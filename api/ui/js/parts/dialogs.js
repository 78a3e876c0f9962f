// Dialogs that ask before something is made or lost.

import { fill, h } from "../dom.js";
import { problem } from "./states.js";

/**
 * Ask with a form; `act` gets its data and may throw what is then shown in the dialog.
 * Resolves with what `act` returned, or undefined where it was not wanted.
 */
export function ask({ title, body, action, danger = false, act, ready = null }) {
  const told = h("div", { hidden: true });
  const button = h("button", { class: danger ? "danger" : "main", type: "submit" }, action);
  const form = h("form", {}, h("h2", { id: "dialog-title" }, title), body, told,
    h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"), button));
  const dialog = h("dialog", { "aria-labelledby": "dialog-title" }, form);
  let outcome;
  const check = () => { button.disabled = ready ? !ready(new FormData(form)) : false; };
  form.addEventListener("input", () => {
    told.hidden = true; // it was said of what was there before
    check();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      outcome = (await act(new FormData(form))) ?? true;
      dialog.close();
    } catch (error) {
      told.hidden = false;
      fill(told, problem(error));
      button.disabled = false;
    }
  });
  const leave = () => dialog.close();
  document.body.append(dialog);
  check();
  dialog.showModal();
  addEventListener("hashchange", leave); // it belongs to the page that asked
  return new Promise((done) => {
    dialog.addEventListener("close", () => {
      removeEventListener("hashchange", leave);
      dialog.remove();
      done(outcome);
    });
  });
}

/** Ask, and have a name typed, before something is lost for good. */
export function askToDelete({ what, name, words, act }) {
  return ask({
    title: `Delete ${what}?`,
    danger: true,
    action: "Delete",
    ready: (data) => data.get("name") === name,
    act,
    body: h("div", { class: "stack" }, h("p", {}, words),
      h("div", {}, h("label", { for: "typed-name" }, "Type ", h("code", {}, name), " to go on"),
        h("input", { id: "typed-name", name: "name", autocomplete: "off", spellcheck: "false" }))),
  });
}

export const askFirst = ({ title, words, action, danger = false, act }) => ask({ title, action, danger, act, body: h("p", {}, words) });
