// Formats numbers, times and items as text.

import { USUAL_ATTRIBUTES, usualValue } from "./usual_attributes.js";

const DATE_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const RELATIVE_TIME = new Intl.RelativeTimeFormat("en", { numeric: "auto" }); // stands within sentences
const DECIMAL = (1.5).toLocaleString()[1];
const SPACE = "\u00a0"; // keeps a number and its unit on one line
const UNIT_SECONDS = [["day", 86400], ["hour", 3600], ["minute", 60]];

export const formatNumber = (number) => Number(number).toLocaleString();
/**
 * The number that a text means, null if it is empty, NaN if it is none. The last of two different separators is the
 * decimal one; a single separator before three digits is what it is in the browser's language.
 */
export function parseNumber(text) {
  const digits = text.replace(/[\s\u00a0’']/g, "");
  if (!digits) return null;
  const isGrouped = /^-?\d{1,3}([.,])\d{3}(\1\d{3})*$/.exec(digits);
  const groups = isGrouped && (digits.split(isGrouped[1]).length > 2 || isGrouped[1] !== DECIMAL) ? isGrouped[1] : null;
  const decimal = groups ? null : /[.,](?=\d*$)/.exec(digits)?.[0];
  const plain = [...digits].filter((sign) => !".,".includes(sign) || sign === decimal).join("").replace(",", ".");
  return /^-?\d*\.?\d*$/.test(plain) && /\d/.test(plain) ? Number(plain) : NaN;
}

export const pluralize = (number, noun) => `${formatNumber(number)} ${noun}${number === 1 ? "" : "s"}`;
export const formatDateTime = (time) => (time ? DATE_TIME.format(new Date(time)) : "");
export const formatDate = (time) => (time ? DATE.format(new Date(time)) : "");
export const formatScore = (score) => Number(score).toFixed(3);
export const formatPercent = (share) => `${Math.round(100 * share)}%`;

export function formatTimeAgo(time) {
  const seconds = (new Date(time) - Date.now()) / 1000;
  const [unit, unitSeconds] = UNIT_SECONDS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return unit === "second" ? "just now" : RELATIVE_TIME.format(Math.round(seconds / unitSeconds), unit);
}

export function formatDuration(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))}${SPACE}s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)}${SPACE}min`;
  return `${(seconds / 3600).toFixed(1)}${SPACE}h`;
}

export function formatBytes(size) {
  for (const [unit, power] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]]) {
    if (size >= power) return `${(size / power).toFixed(size >= 10 * power ? 0 : 1)}${SPACE}${unit}`;
  }
  return `${size}${SPACE}B`;
}

/** The display name of an item: its name or title, else its SKU. */
export const itemName = (item) => String(usualValue(USUAL_ATTRIBUTES.titles, item.attributes) ?? item.sku);

const BRANDS = ["brand", "marke", "marque", "marca"];
const KINDS = ["kind", "category", "kategorie", "catégorie", "categoria", "categoría"];

/** Prices that are numbers have two decimals; which currency they are in is not known. */
const formatPrice = (price) => (typeof price === "number" ? price.toLocaleString(undefined, { minimumFractionDigits: 2 }) : price);

/** The first two of brand, price and kind of an item, on one line. */
export function itemDetails({ attributes }) {
  const [brand, price, kind] = [BRANDS, USUAL_ATTRIBUTES.prices, KINDS].map((names) => usualValue(names, attributes));
  return [brand, formatPrice(price), kind].filter((value) => value !== null).slice(0, 2).join(" · ");
}
