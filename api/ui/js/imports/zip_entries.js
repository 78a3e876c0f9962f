// Lists the files in a zip archive from its directory, and unpacks single ones; see core/archives/zip_files.py.

import { normalPath } from "./folders.js";

const DIRECTORY_END = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const ZIP64_LOCATOR = 0x07064b50; // 20 bytes in front of the end of the directory
const FILE_HEADER = 0x04034b50;
const EMPTY = DIRECTORY_END; // what an archive without files starts with
const MAX_END = 65_557; // bytes: the end of the directory with the longest comment
const MAX_DIRECTORY = 64 * 2 ** 20;
const NOT_IN_16_BITS = 0xffff;
const NOT_IN_32_BITS = 0xffffffff;
const ENCRYPTED = 1; // flag
const UNICODE_NAME = 0x800; // flag: the name is UTF-8
const UNICODE_PATH = 0x7075; // extra field: the name in UTF-8
const [STORED, DEFLATED] = [0, 8]; // methods of compression

const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true });
const UTF8 = new TextDecoder();
const WINDOWS_1252 = new TextDecoder("windows-1252");

/**
 * The files of a zip archive as `{ path, size, blob, stream, isUncertain }`, where `isUncertain` says that the name is
 * not in UTF-8, and whether the archive is damaged (`isDamaged`); null if it cannot be read here. `blob` and `stream`
 * unpack a file, and throw if that cannot be done.
 */
export async function zipEntries(file) {
  const from = Math.max(0, file.size - MAX_END);
  const end = await view(file, from, file.size);
  for (let at = end.byteLength - 22; at >= 0; at -= 1) {
    if (end.getUint32(at, true) !== DIRECTORY_END) continue;
    const [count, size, stated] = [end.getUint16(at + 10, true), end.getUint32(at + 12, true), end.getUint32(at + 16, true)];
    const start = from + at - size;
    const isZip64 = count === NOT_IN_16_BITS || [size, stated].includes(NOT_IN_32_BITS) || (at >= 20 && end.getUint32(at - 20, true) === ZIP64_LOCATOR);
    if (isZip64 || size > MAX_DIRECTORY) return null; // the server reads these, too
    const entries = start < 0 ? [] : entriesIn(file, await view(file, start, start + size), start - stated);
    const areLost = entries.length > 0 && entries.every((entry) => entry.start < 0); // with the archive's first bytes
    return { entries: entries.filter(({ isFolder }) => !isFolder), isDamaged: entries.length % 2 ** 16 !== count || areLost };
  }
  return await isZip(file) ? { entries: [], isDamaged: true } : null; // the server looks for the end in the same bytes
}

/** Whether a file starts like a zip archive; other files may have such a name, too. */
async function isZip(file) {
  return file.size >= 4 && [FILE_HEADER, EMPTY].includes((await view(file, 0, 4)).getUint32(0, true));
}

const view = async (file, start, end) => new DataView(await file.slice(start, end).arrayBuffer());

/** The entries of a directory; `shift` bytes were put in front of the archive since, or were lost if it is negative. */
function entriesIn(file, directory, shift) {
  const entries = [];
  for (let at = 0; at + 46 <= directory.byteLength && directory.getUint32(at, true) === DIRECTORY_ENTRY;) {
    const read = (offset) => directory.getUint32(at + offset, true);
    const lengths = [28, 30, 32].map((offset) => directory.getUint16(at + offset, true));
    const bytes = new Uint8Array(directory.buffer, at + 46).subarray(0, lengths[0] + lengths[1]);
    const flags = directory.getUint16(at + 8, true);
    const name = nameOf(bytes.subarray(0, lengths[0]), bytes.subarray(lengths[0]), flags);
    const [method, packed, size, start] = [directory.getUint16(at + 10, true), read(20), read(24), read(42) + shift];
    const content = () => unpack(file, { method, flags, packed, start });
    entries.push({ ...name, size, start, blob: async () => (await content()).blob(), stream: async () => (await content()).body });
    at += 46 + lengths.reduce((sum, length) => sum + length);
  }
  return entries;
}

/** The name in a directory's entry; the server finds out the code page of names that are not UTF-8. */
function nameOf(bytes, extra, flags) {
  const utf8 = flags & UNICODE_NAME ? UTF8 : STRICT_UTF8;
  try {
    return pathOf(utf8.decode((flags & UNICODE_NAME ? null : unicodePath(bytes, extra)) ?? bytes), false);
  } catch {
    const name = WINDOWS_1252.decode(bytes);
    return pathOf(name.replace(/(?<=[^\x00-\x7f])\\/g, "_"), true); // probably the second half of a character
  }
}

const pathOf = (name, isUncertain) => ({ path: normalPath(name), isFolder: /[\\/]$/.test(name), isUncertain });

/** The bytes of the name in Info-ZIP's extra field if that has the checksum of the other name. */
function unicodePath(bytes, extra) {
  const fields = new DataView(extra.buffer, extra.byteOffset, extra.byteLength);
  for (let at = 0; at + 4 <= extra.length;) {
    const [field, length] = [fields.getUint16(at, true), fields.getUint16(at + 2, true)];
    const isName = field === UNICODE_PATH && length > 5 && at + 9 <= extra.length;
    if (isName && fields.getUint32(at + 5, true) === crc32(bytes)) return extra.subarray(at + 9, at + 4 + length);
    at += 4 + length;
  }
  return null;
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** The unpacked bytes of an entry, as a response. */
async function unpack(file, { method, flags, packed, start }) {
  if (start < 0 || flags & ENCRYPTED || ![STORED, DEFLATED].includes(method)) throw new RangeError();
  const header = await view(file, start, start + 30);
  if (header.getUint32(0, true) !== FILE_HEADER) throw new RangeError();
  const data = start + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  const content = file.slice(data, data + packed);
  return new Response(method === STORED ? content : content.stream().pipeThrough(new DecompressionStream("deflate-raw")));
}
