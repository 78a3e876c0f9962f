// Deletes an item after a confirmation.

import { collectionPath, remove } from "../api.js";
import { announce } from "../dom.js";
import { confirmAction } from "./dialogs.js";

/** Ask whether to delete an item; `onDeleted` is called once it is deleted. */
export const confirmItemDeletion = (collection, sku, onDeleted) => confirmAction({
  title: `Delete ${sku}?`, action: "Delete", isDangerous: true,
  message: "The item will be deleted with its images and attributes, and will disappear from searches and recommendations at once.",
  onSubmit: async () => {
    await remove(collectionPath(collection, "items", sku));
    announce(`${sku} deleted`);
    onDeleted();
  },
});
