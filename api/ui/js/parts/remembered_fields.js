// The fields of a form as they were last filled in, kept in this browser.

import { readStored, store } from "../stored_json.js";

/** Fill in a form as it was the last time, and remember every change under a name. */
export function rememberFields(form, name) {
  for (const [field, value] of Object.entries(readStored("localStorage", name))) restore(form.elements[field], value);
  form.addEventListener("change", () => store("localStorage", name, Object.fromEntries(new FormData(form))));
}

/** Set a field; a drop-down may no longer have the choice, and then stays as it is. */
function restore(input, value) {
  const before = input?.value;
  if (before === undefined) return;
  input.value = value;
  if (input.value !== value) input.value = before;
}
