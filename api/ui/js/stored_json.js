// JSON values in the browser's storage. What it refuses to store, as some are set to, is kept until the page is loaded again.

const refused = new Map();

/** The value under a key of the `localStorage` or `sessionStorage`, by its name; `absent` if there is none. */
export function readStored(storage, key, absent = {}) {
  if (refused.has(key)) return refused.get(key);
  try {
    return JSON.parse(window[storage].getItem(key)) ?? absent;
  } catch {
    return absent;
  }
}

export function store(storage, key, value) {
  try {
    window[storage].setItem(key, JSON.stringify(value));
    refused.delete(key);
  } catch {
    refused.set(key, value);
  }
}
