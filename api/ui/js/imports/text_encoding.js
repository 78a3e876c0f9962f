// Decodes tables as far as the page can: the server guesses code pages, the page only the most common one.

const GUESS = "windows-1252";
const LABELS = { cp866: "ibm866", cp874: "windows-874", cp932: "shift_jis", cp949: "euc-kr", "mac-roman": "macintosh" };

/** The text of bytes, perhaps cut, in an encoding by the server's name. */
export const decode = (bytes, encoding) => new TextDecoder(LABELS[encoding] ?? encoding).decode(bytes, { stream: true });

/** Unicode, if the first bytes of a file are most probably that; otherwise a guess. */
export function detectEncoding(bytes) {
  const [first, second, third, fourth] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return "utf-8";
  if ((first === 0xff && second === 0xfe) || (first && second === 0 && third && fourth === 0)) return "utf-16le";
  if ((first === 0xfe && second === 0xff) || (first === 0 && second && third === 0 && fourth)) return "utf-16be";
  const foreign = decode(bytes, "utf-8").replace(/[\x00-\x7f]+/g, "");
  const invalid = foreign.split("\ufffd").length - 1;
  return foreign.length > 2 * invalid || !invalid ? "utf-8" : GUESS;
}

export const isUnicode = (encoding) => /^utf-/.test(encoding);
