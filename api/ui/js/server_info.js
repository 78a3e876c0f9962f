// Facts about the server and the rights of this caller, cached until the API key changes.

import { get } from "./api.js";

const RANK = { read: 0, write: 1, admin: 2 };
let pendingInfo = null;

document.addEventListener("api-key-changed", () => { pendingInfo = null; });

export function serverInfo() {
  pendingInfo ??= get("v1/about").catch((error) => {
    pendingInfo = null;
    throw error;
  });
  return pendingInfo;
}

/** Whether this caller has at least this role. */
export async function hasRole(role) {
  return RANK[(await serverInfo()).role] >= RANK[role];
}
