// A button that appends the next page of a list, as long as there is one.

import { fill, h } from "../dom.js";

/** `fetchPage` gets a cursor and returns the page; `append` gets its items. */
export function moreButton(label, firstCursor, fetchPage, append) {
  const row = h("div", { class: "row center" });
  const show = (cursor) => fill(row, cursor ? h("button", { onclick: async () => {
    const page = await fetchPage(cursor);
    append(page.items);
    show(page.next_cursor);
  } }, label) : null);
  show(firstCursor);
  return row;
}
