"""The store: collections, items, sales, lists, API keys, audit log; all that needs a backup."""

from core.storage.api_keys import Key, Keys, Role
from core.storage.audit_log import Audit
from core.storage.backends import StorageBackend, open_backend
from core.storage.collections import (
    Collection,
    Collections,
    CollectionState,
    RetiredIndex,
    ShadowIndex,
    VectorIndex,
)
from core.storage.generations import GenerationStore, Recommender
from core.storage.items import Item, ItemImage, Items, image_file
from core.storage.pseudonyms import Pseudonyms
from core.storage.sales import SalesStore, SalesUpload
from core.storage.store import Stores
from core.storage.uploads import (
    PlannedImage,
    UploadedFile,
    Uploads,
    UploadWriter,
    read_planned_image,
)

__all__ = [
    "Audit", "Collection", "CollectionState", "Collections", "GenerationStore", "Item", "ItemImage",
    "Items", "Key", "Keys", "PlannedImage", "Pseudonyms", "Recommender", "RetiredIndex", "Role",
    "SalesStore", "SalesUpload", "ShadowIndex", "StorageBackend", "Stores", "UploadWriter",
    "UploadedFile", "Uploads", "VectorIndex", "image_file", "open_backend", "read_planned_image",
]  # fmt: skip
