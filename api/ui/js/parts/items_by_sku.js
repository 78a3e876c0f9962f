// Items that a response names by their SKUs only. Those that a page asks for at once share a request.

import { collectionPath, get } from "../api.js";

const MAX_SKUS = 50; // of a request, so that its URL stays short
const items = new Map(); // promises by collection and SKU
const waiting = new Map(); // by collection, what is to be called with each item, by SKU

/** The item with this SKU; null if there is none, and only its SKU if it cannot be fetched. */
export function itemBySku(collection, sku) {
  const key = `${collection}/${sku}`;
  if (!items.has(key)) {
    const item = new Promise((resolve) => ask(collection, sku, resolve));
    items.set(key, item);
    item.then((found) => { if (!found?.images) items.delete(key); }); // it may be there next time
  }
  return items.get(key);
}

function ask(collection, sku, resolve) {
  if (!waiting.has(collection)) {
    waiting.set(collection, new Map());
    queueMicrotask(() => fetchWaiting(collection));
  }
  waiting.get(collection).set(sku, resolve);
}

function fetchWaiting(collection) {
  const resolves = waiting.get(collection);
  waiting.delete(collection);
  const listed = [...resolves.keys()].filter((sku) => !sku.includes(",")); // which separates SKUs
  for (const [sku, resolve] of resolves) if (sku.includes(",")) fetchOne(collection, sku).then(resolve);
  for (let start = 0; start < listed.length; start += MAX_SKUS) {
    const skus = listed.slice(start, start + MAX_SKUS);
    fetchList(collection, skus).then((find) => { for (const sku of skus) resolves.get(sku)(find(sku)); });
  }
}

const fetchOne = (collection, sku) => get(collectionPath(collection, "items", sku))
  .catch(({ status }) => (status === 404 ? null : { sku }));

/** Fetch items; return a function that finds one of them. */
async function fetchList(collection, skus) {
  try {
    const page = await get(collectionPath(collection, "items"), { skus: skus.join(","), limit: MAX_SKUS });
    const found = new Map(page.items.map((item) => [item.sku, item]));
    return (sku) => found.get(sku) ?? null;
  } catch {
    return (sku) => ({ sku });
  }
}
