// The frame of the shop's pages: who looks at them, and the links of the shop.

import { collectionPath, get } from "../api.js";
import { fill, h } from "../dom.js";
import { collectionFrame } from "../parts/collection_frame.js";
import { field } from "../parts/layout.js";
import { showProblem } from "../parts/states.js";
import { pageUrl } from "../router.js";
import { words } from "../words.js";
import { Visit } from "./visit.js";

const SUGGESTIONS = 20;

/** Render a page of the shop; `render` gets the collection and the visit, and returns the page for this visitor. */
export const storefrontFrame = (name, place, signal, render) => collectionFrame(name, "storefront", signal, async (collection) => {
  const [visit, users] = [new Visit(name), await customers(name, signal)];
  const page = h("div", { class: "stack" });
  let turn = 0;
  const load = async () => {
    const own = (turn += 1);
    const content = await render(shop);
    if (own === turn) fill(page, visit.isNameless ? namelessNote() : null, content); // nothing newer was requested meanwhile
  };
  const shop = { collection, visit, signal, refresh: () => showProblem(page, load, signal) };
  await load();
  return h("div", { class: "stack storefront" },
    h("div", {}, h("h2", {}, words.storefront.title), h("p", { class: "muted" }, words.storefront.intro)),
    visitorForm(shop, users), shopLinks(shop, place), page);
});

const namelessNote = () => h("p", { class: "note" }, h("strong", {}, words.storefront.namelessTitle), words.storefront.nameless);

const customers = async (name, signal) => {
  const { items } = await get(collectionPath(name, "users"), { limit: SUGGESTIONS }, signal);
  return items.map(({ user }) => user);
};

function visitorForm({ visit, refresh }, users) {
  const user = h("input", {
    id: "shop-user", name: "user", value: visit.state.user, list: "shop-users", autocomplete: "off", spellcheck: "false",
    placeholder: words.storefront.customerPlaceholder, maxlength: 128,
  });
  const userField = h("div", { class: "grow" }, field("shop-user", words.storefront.customer, user));
  const radio = (value, text, checked) => h("label", { class: "choice" },
    h("input", { type: "radio", name: "visitor", value, checked }), text);
  const update = async () => {
    const fields = Object.fromEntries(new FormData(node));
    const isCustomer = fields.visitor === "customer";
    if (isCustomer && !fields.user.trim()) [user.value = ""] = users;
    userField.hidden = !isCustomer;
    visit.set({ isCustomer, user: user.value.trim(), country: fields.country.trim() });
    await refresh();
  };
  const node = h("form", { class: "panel row visitor", onchange: update, onsubmit: (event) => event.preventDefault() },
    h("fieldset", {}, h("legend", { class: "label" }, words.storefront.visitor),
      h("div", { class: "row" }, radio("stranger", words.storefront.stranger, !visit.state.isCustomer),
        radio("customer", words.storefront.aCustomer, visit.state.isCustomer))),
    userField,
    h("div", {}, field("shop-country", words.storefront.country, h("input", {
      id: "shop-country", name: "country", value: visit.state.country, placeholder: words.storefront.countryPlaceholder, maxlength: 64,
    }))),
    h("datalist", { id: "shop-users" }, users.map((value) => h("option", { value }))));
  userField.hidden = !visit.state.isCustomer;
  return node;
}

function shopLinks({ collection: { name }, visit, signal }, place) {
  const basket = h("span", {});
  const showCount = () => { basket.textContent = words.storefront.basket(visit.basket.length); };
  const link = (tab, content) => h("a", {
    class: "button", href: pageUrl("c", name, "storefront", ...tab), "aria-current": tab.join() === place ? "page" : null,
  }, content);
  document.addEventListener("basket-changed", showCount, { signal });
  showCount();
  return h("nav", { class: "row", "aria-label": words.storefront.pages }, link([], words.storefront.home), link(["basket"], basket));
}
