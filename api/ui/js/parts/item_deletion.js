// Deletes an item after a question, and still lets the user take it back.

import { words } from "../words.js";
import { deleteSoon } from "./deletions.js";
import { confirmAction } from "./dialogs.js";
import { focusUndo } from "./undo_panel.js";

/** Ask whether to delete an item; `onDeleted` is called once it is deleted as far as the user knows. */
export const confirmItemDeletion = (collection, sku, onDeleted = () => {}) => confirmAction({
  title: words.item.deletionTitle(sku), action: words.actions.delete, isDangerous: true,
  message: words.deletions.one,
  onSubmit: () => {
    deleteSoon(collection, [sku]);
    onDeleted();
  },
}).then((isConfirmed) => isConfirmed && focusUndo());
