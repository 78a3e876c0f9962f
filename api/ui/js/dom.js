// Builds elements by function calls, never by parsing text: stored data cannot become markup.

const PROPERTIES = new Set(["value", "checked", "selected", "hidden", "disabled", "open"]);

/** Create an element; `props` are properties, attributes, `style` and `on...` event handlers. */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") setStyles(node, value);
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

export function setStyles(node, styles) {
  for (const [name, value] of Object.entries(styles)) node.style.setProperty(name, value);
}

const flatten = (children) => children.flat(Infinity)
  .filter((child) => child !== null && child !== undefined && child !== false);

/** Announce a text to screen readers. */
export function announce(text) {
  const status = document.getElementById("live-status");
  status.textContent = "";
  setTimeout(() => { status.textContent = text; }, 50); // a repeated text must change to be read
}

/** Return a function that calls `action` once it has not been called for `ms`. */
export function debounce(action, ms = 250) {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...args), ms);
  };
}

export function sleep(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}
