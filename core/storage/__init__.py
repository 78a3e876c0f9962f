"""All that has to be backed up: collections, items, pictures, uploads, who changed what."""

from core.archives.file_slice import Window
from core.storage.api_keys import Key, Keys, Role
from core.storage.audit_log import Audit
from core.storage.collections import Beside, Collection, Collections, CollectionState, Left, Space
from core.storage.files import Files
from core.storage.items import Item, ItemImage, Items, picture_file
from core.storage.pseudonyms import Pseudonyms
from core.storage.sales import Recommender, SalesFiles, SalesUpload
from core.storage.uploads import Entry, PackWriter, Part, Uploads, read_entry

__all__ = [
    "Audit",
    "Beside",
    "Collection",
    "CollectionState",
    "Collections",
    "Entry",
    "Files",
    "Item",
    "ItemImage",
    "Items",
    "Key",
    "Keys",
    "Left",
    "PackWriter",
    "Part",
    "Pseudonyms",
    "Recommender",
    "Role",
    "SalesFiles",
    "SalesUpload",
    "Space",
    "Uploads",
    "Window",
    "picture_file",
    "read_entry",
]
