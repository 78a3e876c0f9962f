// Numbers, times and names as people read them.

const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const AGO = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const SPANS = [["day", 86400], ["hour", 3600], ["minute", 60]];

export const count = (number) => Number(number).toLocaleString();
export const counted = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;
export const when = (time) => (time ? WHEN.format(new Date(time)) : "");
export const day = (time) => (time ? DAY.format(new Date(time)) : "");
export const score = (number) => Number(number).toFixed(3);
export const percent = (share) => `${Math.round(100 * share)} %`;

export function ago(time) {
  const seconds = (new Date(time) - Date.now()) / 1000;
  const [unit, size] = SPANS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return unit === "second" ? "just now" : AGO.format(Math.round(seconds / size), unit);
}

export function span(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

export function bytes(size) {
  for (const [unit, power] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]]) {
    if (size >= power) return `${(size / power).toFixed(size >= 10 * power ? 0 : 1)} ${unit}`;
  }
  return `${size} B`;
}

/** What an item is called: its name or title, else its sku. */
export const called = (item) => String(item.attributes?.name ?? item.attributes?.title ?? item.sku);

/** What else is told of an item in one line. */
export function aside(item) {
  const { attributes = {} } = item;
  const told = ["brand", "price", "kind", "category"].filter((name) => attributes[name] !== undefined && attributes[name] !== null);
  return told.slice(0, 2).map((name) => String(attributes[name])).join(" · ");
}
