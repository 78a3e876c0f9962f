// API keys, for administrators: who has one, what it is for, and when it was last used.

import { call, get } from "../api.js";
import { apiKey, setApiKey } from "../api_key.js";
import { announce, fill, h } from "../dom.js";
import { formatTimeAgo } from "../format.js";
import { confirmAction, openFormDialog } from "../parts/dialogs.js";
import { field, pageHeader } from "../parts/layout.js";
import { emptyState } from "../parts/states.js";
import { row, table } from "../parts/table.js";

const ROLES = {
  search: ["Web page", "Similar items, search and baskets in visitors' browsers. Everybody may know this key."],
  read: ["Read", "See everything, including customers. For your shop's server; keep the key secret."],
  write: ["Write", "Also change items, stock and sales. Keep the key secret."],
  admin: ["Admin", "Also create and delete collections and keys. Keep the key secret."],
};
let noteOfFirst = null; // a first key renders the page again

const COLUMNS = ["Name", "Role", "Collections", "Web sites", "Last used", "Created", ""];

export async function keysPage({ signal }) {
  const created = h("div", {}, noteOfFirst);
  noteOfFirst = null;
  const list = h("div", { class: "panel" });
  const refresh = async () => {
    const { items: keys } = await get("v1/keys", {}, signal);
    fill(list, keys.length ? keyTable(keys, refresh) : noKeys());
  };
  await refresh();
  const create = () => createKey({ isFirst: !list.querySelector("table"), created, refresh, signal });
  const newButton = h("button", { class: "primary", onclick: create }, "New key");
  return [pageHeader("Keys", "Who may use this server", newButton), h("div", { class: "stack" }, created, list)];
}

const noKeys = () => emptyState("No keys yet",
  "Without keys, only this machine can use the server, and nobody else. Once there is a key, everybody needs one.");

const keyTable = (keys, refresh) => table("Keys", COLUMNS, keys.map((key) => row(COLUMNS, [
  key.name, h("span", { title: ROLES[key.role][1] }, ROLES[key.role][0]), key.collections.join(", ") || "all",
  key.origins.join(", "), key.last_used_at ? formatTimeAgo(key.last_used_at) : "never", formatTimeAgo(key.created_at),
  h("button", { class: "danger", "aria-label": `Revoke ${key.name}`, onclick: () => revokeKey(key, refresh) }, "Revoke"),
])));

async function createKey({ isFirst, created, refresh, signal }) {
  const { items: collections } = isFirst ? { items: [] } : await get("v1/collections", {}, signal);
  if (signal.aborted) return; // another page was opened meanwhile
  await openFormDialog({
    title: "New key", action: "Create", body: [
      field("key-name", "Name", h("input", {
        id: "key-name", name: "name", required: true, maxlength: 100, autocomplete: "off", "aria-describedby": "key-name-hint",
      }), "Who uses the key, for example “shop page”."),
      isFirst ? firstKey() : roleFields(collections),
    ],
    onSubmit: async (fields) => {
      const key = await call("POST", "v1/keys", { json: toJson(fields, isFirst) });
      announce(`Key ${key.name} created`);
      if (isFirst) {
        noteOfFirst = newKeyNote(key);
        setApiKey(key.key);
      } else {
        fill(created, newKeyNote(key));
        await refresh();
      }
    },
  });
}

const firstKey = () => h("p", {}, "The first key is for an administrator: it may do everything. "
  + "From now on, everybody needs a key; this page uses the new one until you close this tab.");

function roleFields(collections) {
  const origins = field("key-origins", "Web sites", h("textarea", {
    id: "key-origins", name: "origins", rows: 2, placeholder: "https://shop.example", spellcheck: "false",
    "aria-describedby": "key-origins-hint",
  }), "Whose pages may use the key; one address per line.");
  const onchange = ({ target }) => {
    origins.hidden = target.value !== "search";
    [, role.lastChild.textContent] = ROLES[target.value];
  };
  const role = field("key-role", "Role", h("select", { id: "key-role", name: "role", onchange, "aria-describedby": "key-role-hint" },
    Object.entries(ROLES).map(([value, [name]]) => h("option", { value }, name))), ROLES.search[1]);
  return [
    role,
    field("key-collection", "Collection", h("select", { id: "key-collection", name: "collection" },
      h("option", { value: "" }, "All collections"), collections.map(({ name }) => h("option", { value: name }, name)))),
    origins,
  ];
}

const toJson = ({ name, role, collection, origins }, isFirst) => (isFirst ? { name, role: "admin" } : {
  name, role, collections: collection ? [collection] : [],
  origins: role === "search" ? origins.split(/\s+/).filter(Boolean) : [],
});

/** The texts that are shown only once. */
const newKeyNote = ({ name, key, user_secret: secret }) => h("div", { class: "note stack", role: "status" },
  h("h2", {}, `Key “${name}”`),
  h("p", {}, "Copy it now: it will not be shown again."), secretText("The key", key),
  secret ? [h("p", {}, "With this secret, your shop's server lets a page show one customer's recommendations. Never put it into a page."),
    secretText("The secret", secret)] : null);

function secretText(label, text) {
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    announce("Copied");
  };
  const canCopy = Boolean(navigator.clipboard); // only on this machine or over https
  return h("div", { class: "row" }, h("code", { class: "secret", "aria-label": label }, text),
    canCopy ? h("button", { onclick: copy, "aria-label": `Copy ${label.toLowerCase()}` }, "Copy") : null);
}

const revokeKey = (key, refresh) => confirmAction({
  title: `Revoke “${key.name}”?`, action: "Revoke", isDangerous: true,
  message: key.last_used_at
    ? `It was used ${formatTimeAgo(key.last_used_at)}. From now on, it is refused; this cannot be undone.`
    : "It was never used. This cannot be undone.",
  onSubmit: async () => {
    await call("DELETE", `v1/keys/${key.id}`);
    announce(`Key ${key.name} revoked`);
    await refresh();
  },
});
