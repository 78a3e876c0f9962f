// What the folders of some pictures may mean: items with several pictures, or categories of items.

const MANY_VIEWS = 12; // on average; items rarely have so many pictures

const stemOf = (path) => path.split("/").pop().replace(/\.[^.]+$/, "");
const folderOf = (path) => path.split("/").at(-2) ?? "";

/** The pictures, each with its `folder` and `stem`, without the folders around all files of an archive. */
export function placed(pictures) {
  const archives = groupBy(pictures, ({ archive }) => archive);
  return [...archives.values()].flatMap((group) => {
    const prefix = commonFolder(group.map(({ path }) => path));
    return group.map((picture) => {
      const path = picture.path.slice(prefix.length);
      return { ...picture, folder: folderOf(path), stem: stemOf(path) };
    });
  });
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

/** The folders that all paths have in common. */
function commonFolder(paths) {
  const [first = ""] = paths;
  const parts = first.split("/").slice(0, -1);
  let prefix = "";
  for (const part of parts) {
    if (!paths.every((path) => path.startsWith(`${prefix}${part}/`))) break;
    prefix += `${part}/`;
  }
  return prefix;
}

/** The folders of pictures: how many there are, what they probably mean, and file names that occur in several. */
export function folderQuestion(pictures) {
  const folders = new Set(pictures.map(({ folder }) => folder).filter(Boolean));
  const inFolders = pictures.filter(({ folder }) => folder);
  const stems = new Set(inFolders.map(({ stem }) => stem));
  return {
    folders: folders.size, guess: inFolders.length > MANY_VIEWS * folders.size ? "category" : "item",
    repeated: inFolders.length - stems.size,
  };
}

/** The items that pictures become: `{ sku, pictures, attributes }`. */
export function itemsOf(pictures, meaning, attribute) {
  const skuOf = ({ folder, stem }) => (meaning === "item" && folder ? folder : stem);
  return [...groupBy(pictures, skuOf)].map(([sku, group]) => {
    const [{ folder }] = group;
    return { sku, pictures: group, attributes: meaning === "category" && folder ? { [attribute]: folder } : {} };
  });
}
