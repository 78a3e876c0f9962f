// Builds elements by function calls and never parses text, so that stored data cannot become markup.

const PROPERTIES = new Set(["value", "checked", "selected", "hidden", "disabled", "open"]);

/** Create an element; `props` are properties, attributes, `style` and `on...` event handlers. */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (!isPresent(value)) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(node.style, value);
    else if (PROPERTIES.has(name)) node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...flatten(children));
  return node;
}

/** Replace the children of a node. */
export function fill(node, ...children) {
  node.replaceChildren(...flatten(children));
  return node;
}

const isPresent = (value) => value !== undefined && value !== null && value !== false;
const flatten = (children) => children.flat(Infinity).filter(isPresent);

/** Create a form; when it is submitted, `onSubmit` gets its fields by name. */
export const form = (props, onSubmit, ...children) => h("form", { ...props, onsubmit: (event) => {
  event.preventDefault();
  onSubmit(Object.fromEntries(new FormData(event.target)));
} }, children);

/** Give the focus to the first of these nodes that can be seen if what had it has vanished. */
export function focusIfLost(...nodes) {
  if (document.activeElement !== document.body) return;
  const visible = [...nodes, document.getElementById("main")].find((node) => node?.checkVisibility());
  visible?.focus({ preventScroll: true });
}

/** Announce a text to screen readers. */
export function announce(text) {
  const status = document.getElementById("live-status");
  status.textContent = "";
  setTimeout(() => { status.textContent = text; }, 50); // a repeated text is only read after a change
}

/** Return a function that calls `action` once `ms` milliseconds have passed without another call. */
export function debounce(action, ms = 250) {
  let timer;
  const later = (...args) => {
    later.cancel();
    timer = setTimeout(() => action(...args), ms);
  };
  later.cancel = () => clearTimeout(timer);
  return later;
}

/**
 * Number loads that may overlap: each call begins one, and returns a function that says, once it has arrived, whether what
 * it brought is still to be shown. It is not if a load that began later has arrived before.
 */
export function inOrder() {
  let [begun, shown] = [0, 0];
  return () => {
    const own = (begun += 1);
    return () => {
      const isNews = own > shown;
      if (isNews) shown = own;
      return isNews;
    };
  };
}

export const sleep = (ms, signal) => new Promise((resolve, reject) => {
  setTimeout(resolve, ms);
  signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
});
