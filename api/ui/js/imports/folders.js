// What the folders of some pictures may mean: items with several pictures, categories of items, or nothing.

const MANY_VIEWS = 12; // on average; items rarely have so many pictures
const VIEW_WORD = /^(main|front|back|side|left|right|top|bottom|inside|outside|detail|close-?up|zoom|worn|model)([-_ ]?\d{1,2})?$/i;
const VIEW_NUMBER = /^((view|img|dsc|dscn|dscf|pxl|image|photo|picture)[-_ ]?)?\d+$/i;
const MANIFEST = /^items\.(csv|jsonl)$/i;

/** A path by which files are compared, as on the server: NFC, with `/`, without `./` or a leading `/`. */
export const normalPath = (path) => path.normalize("NFC").trim().split(/[\\/]/).filter((part) => part && part !== ".").join("/");

const stemOf = (path) => path.split("/").pop().replace(/\.[^.]+$/, "");
const folderOf = (path) => path.split("/").at(-2) ?? "";

/**
 * The pictures, each with its `innerPath`, without the folder around all files, its `stem`, its `category`, which is the
 * name of its folder, and its `folder`: the item that the server makes of that folder unless folders are categories;
 * `isPacked` says that it could also be dropped.
 */
export function placed(pictures, archives) {
  return [...groupBy(pictures, ({ archive }) => archive)].flatMap(([archive, group]) => {
    const { name, paths } = archives.find((other) => other.archive === archive);
    const { prefix, single } = topFolder(paths, name);
    const isPacked = single !== null && (archive !== null || prefix.endsWith(`${single}/`));
    return group.map((picture) => ({
      ...picture, isPacked, stem: stemOf(picture.path).normalize("NFC"), category: folderOf(picture.path),
      innerPath: normalPath(picture.path.slice(prefix.length)), folder: folderOf(picture.path.slice(prefix.length)),
    }));
  });
}

/**
 * The folder around all files of an archive, which is no part of their names; the server's rule, see `top_folder` in
 * core/pipelines/ingest/file_naming.py. `single` is the folder that holds all files directly, null if there is none.
 */
export function topFolder(paths, archive) {
  let prefix = "";
  for (;;) {
    const names = paths.map((path) => path.slice(prefix.length));
    const folder = onlyFolder(names);
    if (!folder) return { prefix, single: null };
    const inside = names.map((name) => name.slice(folder.length + 1));
    const isFlat = !inside.some((name) => name.includes("/"));
    if (isFlat && isItem(folder, inside, archive)) return { prefix, single: folder };
    prefix += `${folder}/`;
    if (isFlat) return { prefix, single: folder };
  }
}

function onlyFolder(paths) {
  const folders = new Set(paths.map((path) => (path.includes("/") ? path.split("/")[0] : "")));
  return folders.size === 1 ? [...folders][0] : "";
}

/** Whether the files in a folder are named like views of one item. */
function isItem(folder, names, archive) {
  const isView = (stem) => VIEW_WORD.test(stem) || VIEW_NUMBER.test(stem) || stem.toLowerCase().startsWith(folder.toLowerCase());
  const [around, inner] = [archive, folder].map((name) => name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-"));
  const isNamedAfter = `${around}-`.startsWith(`${inner.replace(/-+$/, "")}-`);
  return !isNamedAfter && !names.some((name) => MANIFEST.test(name)) && names.every((name) => isView(stemOf(name)));
}

/** Values by their keys, in the order of the first ones. */
export function groupBy(values, keyOf) {
  const groups = new Map();
  for (const value of values) {
    const key = keyOf(value);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(value);
  }
  return groups;
}

/**
 * The folders of pictures: how many there are, what they may mean and probably mean (`item`, `nothing` or `category`),
 * and file names that occur in several.
 */
export function folderQuestion(pictures) {
  const inFolders = pictures.filter(({ category }) => category);
  const folders = new Set(inFolders.map(({ category }) => category)).size;
  const stems = new Set(inFolders.map(({ stem }) => stem));
  const usual = pictures.some(({ folder }) => folder) ? "item" : "nothing";
  const canBeNothing = usual === "nothing" || inFolders.every(({ isPacked }) => isPacked);
  const isLarge = inFolders.length > MANY_VIEWS * folders;
  return {
    folders, meanings: new Set([usual, canBeNothing ? "nothing" : usual, "category"]),
    guess: usual === "item" && isLarge ? "category" : usual, repeated: inFolders.length - stems.size,
  };
}

/** The items that pictures become: `{ sku, pictures, attributes }`. */
export function itemsOf(pictures, meaning, attribute) {
  const skuOf = ({ folder, stem }) => (meaning === "item" && folder ? folder : stem);
  return [...groupBy(pictures, skuOf)].map(([sku, group]) => {
    const [{ category }] = group;
    return { sku, pictures: group, attributes: meaning === "category" && category ? { [attribute]: category } : {} };
  });
}

/** Files to send, so that the server drops the folder in which an archive's pictures were packed. */
export function withoutFolders(entries, pictures) {
  const folders = new Map(pictures.filter(({ archive, folder }) => archive && folder).map(({ archive, folder }) => [archive, folder]));
  // the server drops a folder that the archive is named after
  return entries.map(([path, file]) => [folders.has(path) ? `${folders.get(path)}-${path.split("/").pop()}` : path, file]);
}
