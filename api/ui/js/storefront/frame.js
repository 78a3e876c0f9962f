// The frame of the shop's pages: who looks at them, and the links of the shop.

import { collectionPath, get } from "../api.js";
import { fill, h } from "../dom.js";
import { pluralize } from "../format.js";
import { collectionFrame } from "../parts/collection_frame.js";
import { field } from "../parts/layout.js";
import { showProblem } from "../parts/states.js";
import { pageUrl } from "../router.js";
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
    h("div", {}, h("h2", {}, "Try your storefront"), h("p", { class: "muted" },
      "The pages of a shop as a visitor sees them, beside the calls that a shop sends to show them.")),
    visitorForm(shop, users), shopLinks(shop, place), page);
});

const namelessNote = () => h("p", { class: "note" }, h("strong", {}, "No customer is chosen. "),
  "Enter a customer above; until then, the shop is shown as a stranger sees it.");

const customers = async (name, signal) => {
  const { items } = await get(collectionPath(name, "users"), { limit: SUGGESTIONS }, signal);
  return items.map(({ user }) => user);
};

function visitorForm({ visit, refresh }, users) {
  const user = h("input", {
    id: "shop-user", name: "user", value: visit.state.user, list: "shop-users", autocomplete: "off", spellcheck: "false",
    placeholder: "MD5 of the email address", maxlength: 128,
  });
  const userField = h("div", { class: "grow" }, field("shop-user", "Customer", user));
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
    h("fieldset", {}, h("legend", { class: "label" }, "Who looks at the shop?"),
      h("div", { class: "row" }, radio("stranger", "A stranger", !visit.state.isCustomer),
        radio("customer", "A customer", visit.state.isCustomer))),
    userField,
    h("div", {}, field("shop-country", "Country", h("input", {
      id: "shop-country", name: "country", value: visit.state.country, placeholder: "such as DE", maxlength: 64,
    }))),
    h("datalist", { id: "shop-users" }, users.map((value) => h("option", { value }))));
  userField.hidden = !visit.state.isCustomer;
  return node;
}

function shopLinks({ collection: { name }, visit, signal }, place) {
  const basket = h("span", {});
  const showCount = () => { basket.textContent = `Basket (${pluralize(visit.basket.length, "item")})`; };
  const link = (tab, content) => h("a", {
    class: "button", href: pageUrl("c", name, "storefront", ...tab), "aria-current": tab.join() === place ? "page" : null,
  }, content);
  document.addEventListener("basket-changed", showCount, { signal });
  showCount();
  return h("nav", { class: "row", "aria-label": "Pages of the shop" }, link([], "Home page"), link(["basket"], basket));
}
