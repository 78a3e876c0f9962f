"""The store, the only data to back up: collections, items, sales, lists, API keys, audit log."""

from core.storage.api_keys import Key, Keys, Role
from core.storage.audit_log import Audit
from core.storage.availability import Availabilities, AvailabilityStore
from core.storage.backends import open_backend
from core.storage.collection import Collection, CollectionState, RecipeFit, VectorIndex
from core.storage.collections import Collections
from core.storage.erasures import ErasedUsers, Erasure, Erasures
from core.storage.generations import GenerationStore
from core.storage.image_signatures import ImageSignatures
from core.storage.item import ImageOrigin, Item, ItemImage, image_file
from core.storage.item_changes import ItemChange, ItemUpdate
from core.storage.items import DamagedItem, Items
from core.storage.key_creation import create_key
from core.storage.planned_image import PlannedImage, read_planned_image
from core.storage.pseudonyms import Pseudonyms
from core.storage.recommender import Recommender
from core.storage.reserved_numbers import ReservedNumbers
from core.storage.resumable_uploads import ResumableUpload, UploadState
from core.storage.sales import SalesStore, SalesUpload
from core.storage.similar_lists import SimilarListStore, SimilarVersion
from core.storage.statistics import StatisticsStore, find_statistics
from core.storage.store import Stores
from core.storage.store_secret import StoreSecret
from core.storage.uploads import UploadedFile, Uploads, UploadWriter
from core.storage.user_tokens import UserTokens

__all__ = [
    "Audit", "Availabilities", "AvailabilityStore", "Collection", "CollectionState", "Collections",
    "DamagedItem", "ErasedUsers", "Erasure", "Erasures", "GenerationStore", "ImageOrigin",
    "ImageSignatures", "Item", "ItemChange", "ItemImage", "ItemUpdate", "Items", "Key", "Keys",
    "PlannedImage", "Pseudonyms", "RecipeFit", "Recommender", "ReservedNumbers", "ResumableUpload",
    "Role", "SalesStore", "SalesUpload", "SimilarListStore", "SimilarVersion", "StatisticsStore",
    "StoreSecret", "Stores", "UploadState", "UploadWriter", "UploadedFile", "Uploads", "UserTokens",
    "VectorIndex", "create_key", "find_statistics", "image_file", "open_backend",
    "read_planned_image",
]  # fmt: skip
