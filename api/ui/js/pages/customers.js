// A shop's customers, found by how their names begin.

import { at, get } from "../api.js";
import { fill, h, settled } from "../dom.js";
import { counted, day } from "../format.js";
import { frame } from "../parts/frame.js";
import { picture } from "../parts/pictures.js";
import { empty, problem } from "../parts/states.js";
import { go, to } from "../router.js";

const PAGE = 30;
const SHOWN = 5;

export const customers = ({ name, query, signal }) => frame(name, "customers", signal, async () => {
  const list = h("ul", { class: "people" });
  const more = h("div", { class: "row center" });
  const field = h("input", { type: "search", id: "prefix", value: query.get("prefix") ?? "", placeholder: "md5 of the e-mail address, or its beginning", autocomplete: "off", spellcheck: "false" });
  const load = async (cursor = undefined) => {
    const prefix = field.value.trim();
    try {
      const page = await get(at(name, "users"), { prefix, limit: PAGE, cursor }, signal);
      if (prefix !== field.value.trim()) return;
      const rows = page.items.map((one) => row(name, one));
      if (cursor) list.append(...rows);
      else fill(list, rows.length ? rows : h("li", {}, nobody(prefix)));
      fill(more, page.next_cursor ? h("button", { onclick: () => load(page.next_cursor) }, "More customers") : null);
    } catch (error) {
      if (!signal.aborted) fill(list, h("li", {}, problem(error)));
    }
  };
  field.addEventListener("input", settled(() => load()));
  await load();
  const open = (event) => {
    event.preventDefault();
    if (field.value.trim()) go("c", name, "customers", field.value.trim());
  };
  return h("div", { class: "stack" },
    h("form", { class: "row", role: "search", onsubmit: open },
      h("div", { class: "grow" }, h("label", { for: "prefix" }, "Find a customer"), field), h("button", { class: "bottom" }, "Show their list")),
    list, more);
});

const nobody = (prefix) => (prefix
  ? empty("Nobody's name begins so", "A customer without purchases is offered what is popular: “Show their list” shows it.")
  : empty("No customers yet", "They come with the sales: upload some under Recommendations."));

function row(name, { user, orders, purchases }) {
  const last = purchases[0];
  return h("li", { class: "card person" },
    h("div", { class: "name" }, h("a", { href: to("c", name, "customers", user) }, user)),
    h("div", { class: "line" }, h("span", {}, counted(orders, "order")), h("span", {}, last ? `last ${day(last.at)}` : "")),
    h("div", { class: "strip" }, purchases.slice(0, SHOWN).map(({ sku }) => picture({ collection: name, sku, size: 128 }))));
}
