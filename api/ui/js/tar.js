// Builds a tar archive to upload a folder with its paths; the files stay on disk.

const BLOCK_SIZE = 512;
const encoder = new TextEncoder();

/** Return a tar archive of `[path, File]` pairs, its `entries`, as a Blob; files are only read during the upload. */
export const createTar = (entries) => Object.assign(new Blob([
  ...entries.flatMap(([path, file]) => [...headers(path, file), file, padding(file.size)]), new Uint8Array(2 * BLOCK_SIZE),
], { type: "application/x-tar" }), { entries });

function headers(path, file) {
  const name = encoder.encode(path);
  if (name.length <= 100) return [header(name, file.size, "0", file)];
  const record = pathRecord(path); // a longer name requires an extended header before it (POSIX pax)
  return [
    header(encoder.encode("path"), record.length, "x", file), record, padding(record.length),
    header(name.slice(0, 100), file.size, "0", file),
  ];
}

function header(name, size, type, file) {
  const block = new Uint8Array(BLOCK_SIZE);
  const write = (offset, data) => block.set(typeof data === "string" ? encoder.encode(data) : data, offset);
  write(0, name);
  write(100, "0000644\0"); // mode
  write(108, "0000000\0"); // user id
  write(116, "0000000\0"); // group id
  write(124, `${octal(size, 11)}\0`);
  write(136, `${octal(Math.floor(file.lastModified / 1000), 11)}\0`);
  write(148, "        "); // spaces in place of the checksum, which includes them
  write(156, type);
  write(257, "ustar\u000000");
  write(148, `${octal(block.reduce((sum, byte) => sum + byte, 0), 6)}\0 `);
  return block;
}

const octal = (number, digits) => number.toString(8).padStart(digits, "0");

/** "LENGTH path=PATH\n", where LENGTH includes its own digits. */
function pathRecord(path) {
  const rest = encoder.encode(` path=${path}\n`);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return new Uint8Array([...encoder.encode(String(length)), ...rest]);
}

const padding = (size) => new Uint8Array((BLOCK_SIZE - (size % BLOCK_SIZE)) % BLOCK_SIZE);
