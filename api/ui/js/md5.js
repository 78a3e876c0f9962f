// The MD5 digest (RFC 1321), under which sales files name customers; browsers themselves do not offer it.

const SHIFTS = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
const SINES = Array.from({ length: 64 }, (_, n) => Math.floor(Math.abs(Math.sin(n + 1)) * 2 ** 32));
const ROUNDS = [
  [(b, c, d) => (b & c) | (~b & d), (n) => n],
  [(b, c, d) => (d & b) | (~d & c), (n) => (5 * n + 1) % 16],
  [(b, c, d) => b ^ c ^ d, (n) => (3 * n + 5) % 16],
  [(b, c, d) => c ^ (b | ~d), (n) => (7 * n) % 16],
];

/** The digest of a text in UTF-8, as 32 hexadecimal digits. */
export function md5(text) {
  const words = padded(new TextEncoder().encode(text));
  let state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (let block = 0; block < words.length; block += 16) {
    const changes = digestBlock(state, words.subarray(block, block + 16));
    state = state.map((value, n) => (value + changes[n]) | 0);
  }
  return [...new Uint8Array(new Int32Array(state).buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function digestBlock([a, b, c, d], words) {
  for (let step = 0; step < 64; step += 1) {
    const round = step >> 4;
    const [mix, wordOf] = ROUNDS[round];
    const sum = (a + mix(b, c, d) + SINES[step] + words[wordOf(step)]) | 0;
    const shift = SHIFTS[round][step % 4];
    [a, b, c, d] = [d, (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0, b, c];
  }
  return [a, b, c, d];
}

/** The bytes, a bit, zeros, and the number of bits, as little-endian words in blocks of 16. */
function padded(bytes) {
  const data = new DataView(new ArrayBuffer(((bytes.length + 8) >> 6) * 64 + 64));
  bytes.forEach((byte, n) => data.setUint8(n, byte));
  data.setUint8(bytes.length, 0x80);
  data.setUint32(data.byteLength - 8, bytes.length * 8, true);
  return Int32Array.from({ length: data.byteLength / 4 }, (_, n) => data.getInt32(n * 4, true));
}
