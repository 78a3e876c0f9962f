// Returns to where the user was on a page, which browsers cannot do while its content is still loading.

import { readStored, store } from "./stored_json.js";

const GIVE_UP_MS = 5000; // a list that is loaded page by page grows for a while
const USER_SCROLLS = ["wheel", "touchmove", "keydown", "pointerdown"];
let entry = null; // the id of the history entry that is shown
let stopRestoring = () => {};

history.scrollRestoration = "manual";
addEventListener("hashchange", rememberScroll);
addEventListener("pagehide", rememberScroll);

const storageName = () => `scroll-${entry}`;

function rememberScroll() {
  if (entry) store("sessionStorage", storageName(), Math.round(scrollY));
}

/** Scroll to where this history entry was left, and a new entry to its top; `content` may still grow. */
export function restoreScroll(content) {
  stopRestoring();
  if (!history.state?.entry) history.replaceState({ entry: `${Date.now()}-${Math.random()}` }, "");
  ({ entry } = history.state);
  const top = readStored("sessionStorage", storageName(), 0);
  scrollTo(0, top);
  if (scrollY < top) keepTrying(content, top);
}

function keepTrying(content, top) {
  const observer = new ResizeObserver(() => {
    scrollTo(0, top);
    if (scrollY >= top - 1) stopRestoring();
  });
  const timer = setTimeout(() => stopRestoring(), GIVE_UP_MS);
  stopRestoring = () => {
    clearTimeout(timer);
    observer.disconnect();
    for (const type of USER_SCROLLS) removeEventListener(type, stopRestoring);
  };
  for (const type of USER_SCROLLS) addEventListener(type, stopRestoring, { passive: true });
  observer.observe(content);
}
