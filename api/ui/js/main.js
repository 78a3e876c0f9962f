// Entry point: the navigation, the activity panel and the routes.

import { apiUrl } from "./api.js";
import { apiKey, forgetApiKey } from "./api_key.js";
import { fill, h } from "./dom.js";
import { collectionsPage } from "./pages/collections.js";
import { customerPage } from "./pages/customer.js";
import { customersPage } from "./pages/customers.js";
import { duplicatesPage } from "./pages/duplicates.js";
import { healthPage } from "./pages/health.js";
import { itemPage } from "./pages/item.js";
import { itemsPage } from "./pages/items.js";
import { jobPage } from "./pages/job.js";
import { jobsPage } from "./pages/jobs.js";
import { keysPage } from "./pages/keys.js";
import { mailingPage } from "./pages/mailing.js";
import { recommendationsPage } from "./pages/recommendations.js";
import { rejectedRowsPage } from "./pages/rejected_rows.js";
import { searchPage } from "./pages/search.js";
import { settingsPage } from "./pages/settings.js";
import { storefrontBasketPage } from "./pages/storefront_basket.js";
import { storefrontHomePage } from "./pages/storefront_home.js";
import { storefrontProductPage } from "./pages/storefront_product.js";
import { startActivityPanel } from "./parts/activity.js";
import { startRouter } from "./router.js";
import { hasRole } from "./server_info.js";
import { words } from "./words.js";

function renderNavigation() {
  const keysLink = h("a", { href: "#/keys", hidden: true }, words.navigation.keys);
  fill(document.getElementById("nav"),
    h("a", { href: "#/" }, words.navigation.collections), h("a", { href: "#/jobs" }, words.navigation.jobs), keysLink, h("span", { class: "spacer" }),
    h("a", { href: apiUrl("docs").href }, words.navigation.developers),
    apiKey() ? h("button", { class: "plain", onclick: forgetApiKey }, words.navigation.forgetKey) : null);
  hasRole("admin").then((isAdmin) => { keysLink.hidden = !isAdmin; }).catch(() => {}); // the page itself shows the problem
}

document.getElementById("skip-link").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main").focus();
});
document.addEventListener("api-key-changed", renderNavigation);
renderNavigation();
startActivityPanel();
startRouter([
  ["", collectionsPage], ["jobs", jobsPage], ["keys", keysPage], ["jobs/:id", jobPage],
  ["c/:name", itemsPage], ["c/:name/items/:sku", itemPage], ["c/:name/search", searchPage],
  ["c/:name/recommendations", recommendationsPage], ["c/:name/rejects/:upload", rejectedRowsPage],
  ["c/:name/customers", customersPage], ["c/:name/mailing", mailingPage], ["c/:name/customers/:user", customerPage], ["c/:name/settings", settingsPage],
  ["c/:name/health", healthPage], ["c/:name/duplicates", duplicatesPage],
  ["c/:name/storefront", storefrontHomePage], ["c/:name/storefront/basket", storefrontBasketPage],
  ["c/:name/storefront/items/:sku", storefrontProductPage],
]);
