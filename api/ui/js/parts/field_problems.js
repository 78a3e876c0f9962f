// Shows a problem below the field that it is about.

import { h } from "../dom.js";
import { sentence } from "./states.js";

/** Show texts by the ids of their fields within a form, and focus the first; returns whether each has its field. */
export function showAtFields(form, texts) {
  hideAtFields(form);
  const fields = [...texts.keys()].map((id) => form.querySelector(`#${CSS.escape(id)}`));
  if (!fields.length || !fields.every((field) => field?.checkVisibility())) return false;
  for (const field of fields) {
    const id = `${field.id}-problem`;
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-errormessage", id);
    field.after(h("p", { id, class: "field-problem bad small", role: "alert" }, sentence(texts.get(field.id))));
  }
  fields[0].focus();
  return true;
}

export function hideAtFields(form) {
  for (const note of form.querySelectorAll(".field-problem")) note.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-errormessage");
  }
}
