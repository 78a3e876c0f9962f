// Customers are known by a code, the MD5 of their e-mail address; the address itself never leaves the browser.

import { md5 } from "../md5.js";

const ADDRESS = /^[^@\s]+@[^@\s]+$/;
const DIGEST = /^[0-9a-f]{32}$/i;

/** The code of a customer from what somebody types: an address, a code, or the shop's own name of the customer. */
export function customerCode(text) {
  const name = text.trim();
  if (ADDRESS.test(name)) return md5(name.toLowerCase());
  return DIGEST.test(name) ? name.toLowerCase() : name;
}

/** Whether a text is the beginning of an address, which has no code yet. */
export const isUnfinishedAddress = (text) => text.includes("@") && !ADDRESS.test(text.trim());
