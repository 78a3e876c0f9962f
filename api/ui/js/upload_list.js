// The list of this tab's uploads and jobs, for the panel that shows them.

const changes = new EventTarget();

/**
 * All uploads and tracked jobs, newest first; `state` is interrupted, waiting, sending, unsent, rejected, job, lost or
 * ended, and `source` is what the user chose for an upload: files, a folder or sales; null for a view of an item.
 */
export const uploads = [];

/** Call back with an event whenever an upload or its job changes: `detail` is the upload, or null if uploads were removed. */
export const onUploadsChange = (listener) => changes.addEventListener("change", listener);

export const isBusy = ({ state }) => ["waiting", "sending", "job"].includes(state);

/** Whether this tab has the files of an upload that is not complete. */
export const isOpen = ({ state }) => ["waiting", "sending", "unsent"].includes(state);

export function add(upload) {
  uploads.unshift(upload);
  return update(upload, {});
}

export function update(upload, changed) {
  Object.assign(upload, changed);
  notify(upload);
  return upload;
}

export function dismiss(upload) {
  uploads.splice(0, uploads.length, ...uploads.filter((other) => other !== upload));
  notify();
}

export function dismissFinished() {
  uploads.splice(0, uploads.length, ...uploads.filter(isBusy));
  notify();
}

const notify = (upload) => changes.dispatchEvent(new CustomEvent("change", { detail: upload }));
