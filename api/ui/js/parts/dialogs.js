// Modal dialogs for forms and confirmations.

import { fill, h } from "../dom.js";
import { problemNote } from "./states.js";

/**
 * Open a dialog with a form. `onSubmit` gets the form's data; an error that it throws is shown in the
 * dialog. `isValid` decides whether the data can be submitted. Resolves with the result of
 * `onSubmit`, or undefined if the dialog was cancelled.
 */
export function openFormDialog({ title, body, action, isDangerous = false, onSubmit, isValid = () => true }) {
  const problem = h("div", { hidden: true });
  const submitButton = h("button", { class: isDangerous ? "danger" : "primary", type: "submit" }, action);
  const form = h("form", {}, h("h2", { id: "dialog-title" }, title), body, problem,
    h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"), submitButton));
  const dialog = h("dialog", { "aria-labelledby": "dialog-title" }, form);
  let result;
  const updateButton = () => { submitButton.disabled = !isValid(new FormData(form)); };
  form.addEventListener("input", () => {
    problem.hidden = true; // it was about the previous input
    updateButton();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submitButton.disabled = true;
    try {
      result = (await onSubmit(new FormData(form))) ?? true;
      dialog.close();
    } catch (error) {
      problem.hidden = false;
      fill(problem, problemNote(error));
      submitButton.disabled = false;
    }
  });
  const close = () => dialog.close();
  document.body.append(dialog);
  updateButton();
  dialog.showModal();
  addEventListener("hashchange", close); // the dialog belongs to the page that opened it
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      removeEventListener("hashchange", close);
      dialog.remove();
      resolve(result);
    });
  });
}

/** Confirm a permanent deletion by typing a name; see `openFormDialog`. */
export function confirmDeletion({ subject, name, message, onSubmit }) {
  return openFormDialog({
    title: `Delete ${subject}?`,
    isDangerous: true,
    action: "Delete",
    isValid: (data) => data.get("name") === name,
    onSubmit,
    body: h("div", { class: "stack" }, h("p", {}, message),
      h("div", {}, h("label", { for: "typed-name" }, "Type ", h("code", {}, name), " to confirm"),
        h("input", { id: "typed-name", name: "name", autocomplete: "off", spellcheck: "false" }))),
  });
}

/** Confirm an action; see `openFormDialog`. */
export const confirmAction = ({ message, ...options }) => openFormDialog({ ...options, body: h("p", {}, message) });
