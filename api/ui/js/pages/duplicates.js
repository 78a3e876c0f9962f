// Items that seem to be the same picture, the same product, or variants of one product.

import { collectionPath, get } from "../api.js";
import { fill, h } from "../dom.js";
import { collectionFrame } from "../parts/collection_frame.js";
import { dismissedList } from "../parts/dismissals.js";
import { DuplicateGroup } from "../parts/duplicate_group.js";
import { moreButton } from "../parts/more_button.js";
import { emptyState, showProblem } from "../parts/states.js";
import { hasRole } from "../server_info.js";
import { words } from "../words.js";

const PAGE_SIZE = 30;
const KINDS = words.duplicates.kinds;

export const duplicatesPage = ({ name, signal }) => collectionFrame(name, "duplicates", signal, async (collection) => {
  const canWrite = await hasRole("write");
  const list = h("div", { class: "stack" });
  let shownKind = "same_picture";
  const dismissed = dismissedList(name, {
    isOfImages: false, titleOf: words.duplicates.dismissed, textOf: words.duplicates.dismissedItems, onTakenBack: () => show(shownKind), signal,
  });
  const show = (kind) => showProblem(list, async () => {
    shownKind = kind;
    const page = await get(collectionPath(name, "duplicates"), { kind, limit: PAGE_SIZE }, signal);
    const context = { collection, kind, canWrite, signal, onDismissed: dismissed.show };
    if (kind === shownKind) showGroups(list, context, page);
    if (canWrite) await dismissed.show();
  }, signal);
  const buttons = Object.entries(KINDS).map(([kind, [label]], number) => h("button", {
    "aria-pressed": String(number === 0),
    onclick: ({ currentTarget }) => {
      for (const button of buttons) button.ariaPressed = String(button === currentTarget);
      show(kind);
    },
  }, label));
  show(shownKind);
  return h("div", { class: "stack" }, h("div", { class: "row kinds", role: "group", "aria-label": words.duplicates.label }, buttons), list, dismissed.node);
});

function showGroups(list, context, page) {
  if (!page.items.length && !page.next_cursor) {
    return fill(list, page.found_at ? emptyState(words.duplicates.noneTitle, words.duplicates.none(page.found_at))
      : emptyState(words.duplicates.notLookedForTitle, words.duplicates.notLookedFor));
  }
  const panels = (items) => items.map((group) => new DuplicateGroup(group, context).node);
  const groups = h("div", { class: "stack" }, panels(page.items));
  const query = { kind: context.kind, limit: PAGE_SIZE };
  const more = moreButton(words.duplicates.more, page.next_cursor,
    (cursor) => get(collectionPath(context.collection.name, "duplicates"), { ...query, cursor }, context.signal),
    (items) => groups.append(...panels(items)));
  const intro = h("p", { class: "muted" }, `${KINDS[context.kind][1]} ${words.duplicates.foundAt(page.found_at)}`);
  return fill(list, intro, groups, more);
}
