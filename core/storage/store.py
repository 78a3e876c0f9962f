"""Access to everything in the store."""

from dataclasses import dataclass

from core.storage.backends import StorageBackend
from core.storage.collections import Collection, Collections
from core.storage.generations import GenerationStore
from core.storage.items import Items
from core.storage.sales import SalesStore
from core.storage.uploads import Uploads


@dataclass(frozen=True)
class Stores:
    """The content of the store; base class of the services of the API and the workers."""

    files: StorageBackend
    collections: Collections
    uploads: Uploads

    def items(self, collection: Collection) -> Items:
        """Return the items of a collection."""
        return Items(self.files, collection.folder)

    def sales(self, collection: Collection) -> SalesStore:
        """Return the sales uploads of a collection."""
        return SalesStore(self.files, collection.folder)

    def generations(self, collection: Collection) -> GenerationStore:
        """Return the recommendation lists of a collection."""
        return GenerationStore(self.files, collection.folder)
