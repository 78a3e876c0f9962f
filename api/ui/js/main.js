// The page begins here: its routes, its head, the corner of what is at work.

import { about } from "./about.js";
import { address } from "./api.js";
import { fill, h } from "./dom.js";
import { forgetKey, key } from "./key.js";
import { collections } from "./pages/collections.js";
import { customer } from "./pages/customer.js";
import { customers } from "./pages/customers.js";
import { item } from "./pages/item.js";
import { items } from "./pages/items.js";
import { job } from "./pages/job.js";
import { jobs } from "./pages/jobs.js";
import { recommendations } from "./pages/recommendations.js";
import { rejects } from "./pages/rejects.js";
import { search } from "./pages/search.js";
import { settings } from "./pages/settings.js";
import { startActivity } from "./parts/activity.js";
import { start } from "./router.js";

function head() {
  fill(document.getElementById("nav"),
    h("a", { href: "#/" }, "Collections"),
    h("a", { href: "#/jobs" }, "Jobs"),
    h("span", { class: "gap" }),
    h("a", { href: address("docs").href }, "API"),
    h("a", { id: "flower", hidden: true }, "Flower"),
    key() ? h("button", { class: "plain", onclick: forgetKey }, "Forget key") : null);
  about().then(({ flower_url: url }) => {
    const link = document.getElementById("flower");
    link.href = url;
    link.hidden = isLocal(new URL(url).hostname) && !isLocal(location.hostname); // it cannot be reached from here
  }).catch(() => {}); // the page itself says what is wrong
}

const isLocal = (host) => ["127.0.0.1", "localhost", "[::1]"].includes(host);

document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main").focus();
});
document.addEventListener("key", head);
head();
startActivity();
start([
  ["", collections],
  ["jobs", jobs],
  ["jobs/:id", job],
  ["c/:name", items],
  ["c/:name/items/:sku", item],
  ["c/:name/search", search],
  ["c/:name/recommendations", recommendations],
  ["c/:name/rejects/:upload", rejects],
  ["c/:name/customers", customers],
  ["c/:name/customers/:user", customer],
  ["c/:name/settings", settings],
]);
