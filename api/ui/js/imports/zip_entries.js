// Lists the files in a zip archive from its directory, and unpacks single ones.

const DIRECTORY_END = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const MAX_END = 65_557; // bytes: the end of the directory with the longest comment
const MAX_DIRECTORY = 64 * 2 ** 20;
const NOT_IN_32_BITS = 0xffffffff;

/** The files of a zip archive as `{ path, size, blob }`; null if it cannot be read here. */
export async function zipEntries(file) {
  const end = await view(file, Math.max(0, file.size - MAX_END));
  for (let at = end.byteLength - 22; at >= 0; at -= 1) {
    if (end.getUint32(at, true) !== DIRECTORY_END) continue;
    const [size, start] = [end.getUint32(at + 12, true), end.getUint32(at + 16, true)];
    if (size > MAX_DIRECTORY || start === NOT_IN_32_BITS) return null; // the server reads these, too
    return entriesIn(file, await view(file, start, start + size));
  }
  return null;
}

const view = async (file, start, end) => new DataView(await file.slice(start, end).arrayBuffer());

function entriesIn(file, directory) {
  const entries = [];
  for (let at = 0; at + 46 <= directory.byteLength && directory.getUint32(at, true) === DIRECTORY_ENTRY;) {
    const read = (offset) => directory.getUint32(at + offset, true);
    const lengths = [28, 30, 32].map((offset) => directory.getUint16(at + offset, true));
    const path = nameOf(new Uint8Array(directory.buffer, at + 46, lengths[0]));
    const [method, packed, size, start] = [directory.getUint16(at + 10, true), read(20), read(24), read(42)];
    if (!/[\\/]$/.test(path)) entries.push({ path: normal(path), size, blob: () => unpack(file, { method, packed, start }) });
    at += 46 + lengths.reduce((sum, length) => sum + length);
  }
  return entries;
}

const normal = (path) => path.normalize("NFC").split(/[\\/]/).filter((part) => part && part !== ".").join("/");

/** The name as far as a preview needs it; the server finds out the code page of names that are not UTF-8. */
function nameOf(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

async function unpack(file, { method, packed, start }) {
  const header = await view(file, start, start + 30);
  const data = start + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  const content = file.slice(data, data + packed);
  if (method === 0) return content;
  return new Response(content.stream().pipeThrough(new DecompressionStream("deflate-raw"))).blob();
}
