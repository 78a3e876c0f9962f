// API keys, for administrators: who has one, what it is for, and when it was last used.

import { call, get } from "../api.js";
import { setApiKey } from "../api_key.js";
import { announce, fill, h } from "../dom.js";
import { formatTimeAgo } from "../format.js";
import { confirmAction, openFormDialog } from "../parts/dialogs.js";
import { field, pageHeader } from "../parts/layout.js";
import { emptyState } from "../parts/states.js";
import { row, table } from "../parts/table.js";
import { words } from "../words.js";

const ROLES = words.keys.roles;
let noteOfFirst = null; // a first key renders the page again

export async function keysPage({ signal }) {
  const created = h("div", {}, noteOfFirst);
  noteOfFirst = null;
  const list = h("div", { class: "panel" });
  const refresh = async () => {
    const { items: keys } = await get("v1/keys", {}, signal);
    const admins = keys.filter(({ role }) => role === "admin");
    fill(list, keys.length ? keyTable(keys, admins.length === 1 ? admins[0] : null, refresh) : noKeys());
  };
  await refresh();
  const create = () => createKey({ isFirst: !list.querySelector("table"), created, refresh, signal });
  const newButton = h("button", { class: "primary", onclick: create }, words.keys.new);
  return [pageHeader(words.keys.title, words.keys.subtitle, newButton), h("div", { class: "stack" }, created, list)];
}

const noKeys = () => emptyState(words.keys.noneTitle, words.keys.none);

const keyTable = (keys, onlyAdmin, refresh) => table(words.keys.title, words.keys.columns, keys.map((key) => row(words.keys.columns, [
  key.name, h("span", { title: ROLES[key.role][1] }, ROLES[key.role][0]), key.collections.join(", ") || words.keys.allCollections,
  key.origins.join(", "), key.last_used_at ? formatTimeAgo(key.last_used_at) : words.keys.neverUsed, formatTimeAgo(key.created_at),
  h("button", { class: "danger", "aria-label": words.keys.revokeOf(key.name), onclick: () => revokeKey(key, key === onlyAdmin, refresh) }, words.keys.revoke),
])));

async function createKey({ isFirst, created, refresh, signal }) {
  const { items: collections } = isFirst ? { items: [] } : await get("v1/collections", {}, signal);
  if (signal.aborted) return; // another page was opened meanwhile
  await openFormDialog({
    title: words.keys.new, action: words.actions.create, body: [
      field("key-name", words.keys.name, h("input", {
        id: "key-name", name: "name", required: true, maxlength: 100, autocomplete: "off", "aria-describedby": "key-name-hint",
      }), isFirst ? words.keys.nameHintOfFirst : words.keys.nameHint),
      isFirst ? firstKey() : roleFields(collections),
    ],
    onSubmit: async (fields) => {
      const key = await call("POST", "v1/keys", { json: toJson(fields, isFirst) });
      announce(words.keys.created(key.name));
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

const firstKey = () => h("p", {}, words.keys.firstKey);

function roleFields(collections) {
  const origins = field("key-origins", words.keys.origins, h("textarea", {
    id: "key-origins", name: "origins", rows: 2, placeholder: "https://shop.example", spellcheck: "false",
    "aria-describedby": "key-origins-hint",
  }), words.keys.originsHint);
  const onchange = ({ target }) => {
    origins.hidden = target.value !== "search";
    [, role.lastChild.textContent] = ROLES[target.value];
  };
  const role = field("key-role", words.keys.role, h("select", { id: "key-role", name: "role", onchange, "aria-describedby": "key-role-hint" },
    Object.entries(ROLES).map(([value, [name]]) => h("option", { value }, name))), ROLES.search[1]);
  return [
    role,
    field("key-collection", words.keys.collection, h("select", { id: "key-collection", name: "collection" },
      h("option", { value: "" }, words.keys.anyCollection), collections.map(({ name }) => h("option", { value: name }, name)))),
    origins,
  ];
}

const toJson = ({ name, role, collection, origins }, isFirst) => (isFirst ? { name, role: "admin" } : {
  name, role, collections: collection ? [collection] : [],
  origins: role === "search" ? origins.split(/\s+/).filter(Boolean).map(toOrigin) : [],
});

/** The origin of a web site as people write it: perhaps without `https://`, or with a slash at the end. */
const toOrigin = (site) => (/^https?:\/\//i.test(site) ? site : `https://${site}`).replace(/\/+$/, "");

/** The texts that are shown only once. */
const newKeyNote = ({ id, name, key, origins, user_secret: secret }) => h("div", { class: "note stack", role: "status", "data-id": id },
  h("h2", {}, words.keys.createdTitle(name)),
  origins.length ? h("p", {}, words.keys.worksOn(origins)) : null,
  h("p", {}, words.keys.copyNow), secretText(words.keys.theKey, key),
  secret ? [h("p", {}, words.keys.secretHint),
    secretText(words.keys.theSecret, secret)] : null);

function secretText(label, text) {
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    announce(words.keys.copied);
  };
  const canCopy = Boolean(navigator.clipboard); // only on this machine or over https
  return h("div", { class: "row" }, h("code", { class: "secret", "aria-label": label }, text),
    canCopy ? h("button", { onclick: copy, "aria-label": words.keys.copyOf(label) }, words.keys.copy) : null);
}

const revokeKey = (key, isOnlyAdmin, refresh) => confirmAction({
  title: words.keys.revocationTitle(key.name), action: words.keys.revoke, isDangerous: true,
  message: isOnlyAdmin ? words.keys.revocationOfOnlyAdmin : words.keys.revocation(key.last_used_at),
  onSubmit: async () => {
    await call("DELETE", `v1/keys/${key.id}`);
    announce(words.keys.revoked(key.name));
    document.querySelector(`.note[data-id="${key.id}"]`)?.remove();
    await refresh();
  },
});
