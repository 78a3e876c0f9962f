// Formats numbers, times and items as text.

const DATE_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const RELATIVE_TIME = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const UNIT_SECONDS = [["day", 86400], ["hour", 3600], ["minute", 60]];

export const formatNumber = (number) => Number(number).toLocaleString();
export const pluralize = (number, noun) => `${formatNumber(number)} ${noun}${number === 1 ? "" : "s"}`;
export const formatDateTime = (time) => (time ? DATE_TIME.format(new Date(time)) : "");
export const formatDate = (time) => (time ? DATE.format(new Date(time)) : "");
export const formatScore = (score) => Number(score).toFixed(3);
export const formatPercent = (share) => `${Math.round(100 * share)} %`;

export function formatTimeAgo(time) {
  const seconds = (new Date(time) - Date.now()) / 1000;
  const [unit, unitSeconds] = UNIT_SECONDS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return unit === "second" ? "just now" : RELATIVE_TIME.format(Math.round(seconds / unitSeconds), unit);
}

export function formatDuration(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

export function formatBytes(size) {
  for (const [unit, power] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]]) {
    if (size >= power) return `${(size / power).toFixed(size >= 10 * power ? 0 : 1)} ${unit}`;
  }
  return `${size} B`;
}

/** The display name of an item: its name or title, else its SKU. */
export const itemName = (item) => String(item.attributes?.name ?? item.attributes?.title ?? item.sku);

const DETAIL_ATTRIBUTES = ["brand", "price", "kind", "category"];

/** The first two well-known attributes of an item, on one line. */
export const itemDetails = ({ attributes = {} }) => DETAIL_ATTRIBUTES.map((name) => attributes[name] ?? null)
  .filter((value) => value !== null).slice(0, 2).join(" · ");
