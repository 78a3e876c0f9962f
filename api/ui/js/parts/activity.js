// The corner that shows what this tab has set going, on whatever page.

import { fill, h, say } from "../dom.js";
import { bytes } from "../format.js";
import { ended } from "../live.js";
import { to } from "../router.js";
import { busy, dismiss, onUploads, uploads } from "../uploads.js";
import { badge, bar, progressBar, progressText } from "./jobs.js";
import { sentence } from "./states.js";

const told = new WeakSet();

export function startActivity() {
  const place = document.getElementById("activity");
  onUploads(() => {
    place.hidden = uploads.length === 0;
    fill(place,
      h("header", {}, uploads.some(busy) ? "At work" : "Done",
        uploads.some(busy) ? null : h("button", { class: "plain round", "aria-label": "Close", onclick: dismiss }, "✕")),
      h("ul", {}, uploads.map((upload) => h("li", {}, row(upload)))));
    uploads.filter((upload) => !busy(upload) && !told.has(upload)).forEach(announce);
  });
}

function row(upload) {
  const { label, collection, job, state } = upload;
  if (state === "sending") {
    const { sent, total } = upload;
    return [line(label, total ? `${bytes(sent)} of ${bytes(total)}` : "begins"), bar(total ? sent / total : null, `Sending ${label}`)];
  }
  if (state === "refused") return [line(label, h("span", { class: "badge bad" }, "refused")), h("p", { class: "small" }, sentence(upload.problem.message))];
  const link = h("a", { href: to("jobs", job.id) }, `${label} → ${collection}`);
  const words = job.problem ? sentence(job.problem.detail) : progressText(job);
  return [line(link, badge(job)), ended(job) ? null : progressBar(job), words ? h("p", { class: "small soft" }, words) : null];
}

const line = (left, right) => h("div", { class: "line" }, h("span", {}, left), h("span", { class: "soft number" }, right));

function announce(upload) {
  told.add(upload);
  say(`${upload.label}: ${upload.job?.state ?? "refused"}`);
}
