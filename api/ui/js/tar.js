// A tar archive made of files that stay on the disk: a folder is sent as one, with its paths.

const BLOCK = 512;
const encoder = new TextEncoder();

/** A Blob of `[path, File]` pairs; nothing is read before it is sent. */
export function tar(entries) {
  const pieces = entries.flatMap(([path, file]) => [...heads(path, file), file, padding(file.size)]);
  return new Blob([...pieces, new Uint8Array(2 * BLOCK)], { type: "application/x-tar" });
}

function heads(path, file) {
  const name = encoder.encode(path);
  if (name.length <= 100) return [head(name, file.size, "0", file)];
  const told = record(path); // a longer name goes before, as an extended header (POSIX pax)
  return [head(encoder.encode("path"), told.length, "x", file), told, padding(told.length), head(name.slice(0, 100), file.size, "0", file)];
}

function head(name, size, kind, file) {
  const block = new Uint8Array(BLOCK);
  const put = (at, text) => block.set(typeof text === "string" ? encoder.encode(text) : text, at);
  put(0, name);
  put(100, "0000644\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  put(124, `${size.toString(8).padStart(11, "0")}\0`);
  put(136, `${Math.floor(file.lastModified / 1000).toString(8).padStart(11, "0")}\0`);
  put(148, "        ");
  put(156, kind);
  put(257, "ustar\u000000");
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return block;
}

/** "LENGTH path=PATH\n", where the length counts its own digits. */
function record(path) {
  const rest = encoder.encode(` path=${path}\n`);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return new Uint8Array([...encoder.encode(String(length)), ...rest]);
}

const padding = (size) => new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
