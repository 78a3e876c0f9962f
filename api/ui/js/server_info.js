// Facts about the server and the role of this caller, cached until the API key changes.

import { get } from "./api.js";

const RANK = { search: 0, read: 1, write: 2, admin: 3 };
let pendingInfo = null;

document.addEventListener("api-key-changed", () => { pendingInfo = null; });

export const serverInfo = () => (pendingInfo ??= get("v1/about").catch((error) => {
  pendingInfo = null;
  throw error;
}));

/** Whether this caller has at least this role. */
export const hasRole = async (role) => RANK[(await serverInfo()).role] >= RANK[role];

/** Whether a host is this machine, which no other machine can reach by that name. */
export const isLocal = (host) => ["127.0.0.1", "localhost", "[::1]"].includes(host);
