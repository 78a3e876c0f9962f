// What the server says of itself and of this caller, asked once and after every change of key.

import { get } from "./api.js";

const RANK = { read: 0, write: 1, admin: 2 };
let asked = null;

document.addEventListener("key", () => { asked = null; });

export function about() {
  asked ??= get("v1/about").catch((error) => {
    asked = null;
    throw error;
  });
  return asked;
}

/** Whether this caller may do what needs a role. */
export async function may(role) {
  return RANK[(await about()).role] >= RANK[role];
}
