// Modal dialogs for forms and confirmations.

import { fill, focusIfLost, form, h } from "../dom.js";
import { words } from "../words.js";
import { hideAtFields, showAtFields } from "./field_problems.js";
import { field } from "./layout.js";
import { problemNote } from "./states.js";

/**
 * Open a dialog with a form. `onSubmit` gets the fields by name, and its errors are shown in the dialog.
 * `isValid` decides whether the fields can be submitted; `fieldProblems` gets an error and the fields, and returns texts
 * by the ids of the fields that they are about. Resolves with whether the form was submitted.
 */
export function openFormDialog(options) {
  const { title, body, action, isDangerous = false, onSubmit, isValid = () => true, closesOnNavigation = true } = options;
  const { fieldProblems = () => new Map(), isWide = false } = options;
  let isSubmitted = false;
  const opener = document.activeElement;
  const problem = h("div", { hidden: true });
  const close = () => dialog.close();
  const submit = async (fields) => {
    submitButton.disabled = true;
    try {
      await onSubmit(fields);
      isSubmitted = true;
      close();
    } catch (error) {
      problem.hidden = showAtFields(content, fieldProblems(error, fields));
      fill(problem, problemNote(error));
      submitButton.disabled = false;
      focusIfLost(submitButton);
    }
  };
  const onInput = () => {
    problem.hidden = true; // about the previous input
    hideAtFields(content);
    updateButton();
  };
  const readFirst = isWide ? { tabindex: -1, autofocus: true } : {}; // there is much to read before the buttons
  const submitButton = h("button", { class: isDangerous ? "danger" : "primary", type: "submit" }, action);
  const content = form({ oninput: onInput }, submit, h("h2", { id: "dialog-title", ...readFirst }, title), body, problem,
    h("div", { class: "buttons" }, h("button", { type: "button", onclick: close }, words.actions.cancel), submitButton));
  const dialog = h("dialog", { class: isWide ? "wide" : null, "aria-labelledby": "dialog-title" }, content);
  const updateButton = () => { submitButton.disabled = !isValid(Object.fromEntries(new FormData(content))); };
  document.body.append(dialog);
  updateButton();
  dialog.showModal();
  if (closesOnNavigation) addEventListener("hashchange", close); // the dialog belongs to the page that opened it
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      removeEventListener("hashchange", close);
      dialog.remove();
      resolve(isSubmitted);
      setTimeout(() => focusIfLost(successorOf(opener))); // after the caller, who may know better
    });
  });
}

/** The button that has replaced another one, which the submission has rendered again. */
const successorOf = ({ textContent, ariaLabel }) => [...document.querySelectorAll("main button:enabled")]
  .find((button) => button.textContent === textContent && button.ariaLabel === ariaLabel);

/** Ask the user to type a name to confirm a permanent deletion; see `openFormDialog`. */
export const confirmDeletion = ({ name, title = words.dialogs.deletionTitle(name), action = words.actions.delete, message, onSubmit }) => openFormDialog({
  title, action, isDangerous: true, isValid: (fields) => fields.name === name, onSubmit,
  body: h("div", { class: "stack" }, h("p", {}, message),
    field("typed-name", words.dialogs.typeToConfirm(h("code", {}, name)),
      h("input", { id: "typed-name", name: "name", autocomplete: "off", spellcheck: "false" }))),
});

/** Ask the user to confirm an action; see `openFormDialog`. */
export const confirmAction = ({ message, ...options }) => openFormDialog({ ...options, body: h("p", {}, message) });
