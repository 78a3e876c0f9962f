// JSON objects in the browser's storage. A browser that stores nothing, as some are set to, reads empty ones.

/** The object under a key of the `localStorage` or `sessionStorage`, by its name; {} if there is none. */
export function readStored(storage, key) {
  try {
    return JSON.parse(window[storage].getItem(key)) ?? {};
  } catch {
    return {};
  }
}

export function store(storage, key, value) {
  try {
    window[storage].setItem(key, JSON.stringify(value));
  } catch {
    // then nothing is remembered
  }
}
