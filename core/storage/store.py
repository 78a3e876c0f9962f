"""Access to everything in the store."""

from dataclasses import dataclass

from core.errors import NotFound
from core.storage.availability import AvailabilityStore
from core.storage.backends import StorageBackend
from core.storage.collection import Collection
from core.storage.collections import Collections
from core.storage.dismissals import DismissalStore
from core.storage.duplicates import DuplicateStore
from core.storage.erasures import Erasures
from core.storage.generations import GenerationStore
from core.storage.items import Items
from core.storage.resumable_uploads import ResumableUploads
from core.storage.rules import RuleStore
from core.storage.sales import SalesStore
from core.storage.score_scales import ScoreScaleStore
from core.storage.similar_lists import SimilarListStore
from core.storage.statistics import StatisticsStore
from core.storage.uploads import Uploads


@dataclass(frozen=True)
class Stores:
    """The contents of the store; base class for the services that the API and the workers use."""

    files: StorageBackend
    collections: Collections
    uploads: Uploads

    def reload_collection(self, collection: Collection) -> Collection:
        """Return the current version of a collection.

        Raises:
            NotFound: the collection was deleted in the meantime, perhaps replaced by one of the
            same name.
        """
        current = self.collections.get(collection.name)
        if current.created_at != collection.created_at:
            raise NotFound(f"collection {collection.name!r} was deleted in the meantime")
        return current

    @property
    def resumable_uploads(self) -> ResumableUploads:
        """The uploads that arrive in several requests."""
        return ResumableUploads(self.files)

    def items(self, collection: Collection) -> Items:
        """Return the items of a collection."""
        return Items(self.files, collection.folder)

    def availability(self, collection: Collection) -> AvailabilityStore:
        """Return the availabilities of a collection's items."""
        return AvailabilityStore(self.files, collection.folder)

    def sales(self, collection: Collection) -> SalesStore:
        """Return the sales uploads of a collection."""
        return SalesStore(self.files, collection.folder)

    def erasures(self, collection: Collection) -> Erasures:
        """Return the erased users of a collection."""
        return Erasures(self.files, collection.folder)

    def generations(self, collection: Collection) -> GenerationStore:
        """Return the recommendation lists of a collection."""
        return GenerationStore(self.files, collection.folder)

    def rules(self, collection: Collection) -> RuleStore:
        """Return the merchandising rules of a collection."""
        return RuleStore(self.files, collection.folder)

    def similar_lists(self, collection: Collection) -> SimilarListStore:
        """Return the lists of similar items of a collection."""
        return SimilarListStore(self.files, collection.folder)

    def score_scale(self, collection: Collection) -> ScoreScaleStore:
        """Return what the scores of a collection mean."""
        return ScoreScaleStore(self.files, collection.folder)

    def statistics(self, collection: Collection) -> StatisticsStore:
        """Return what recipes have learned from the images of a collection."""
        return StatisticsStore(self.files, collection.folder)

    def duplicates(self, collection: Collection) -> DuplicateStore:
        """Return the duplicates of a collection."""
        return DuplicateStore(self.files, collection.folder)

    def dismissals(self, collection: Collection) -> DismissalStore:
        """Return what the shop has accepted among duplicates and images with problems."""
        return DismissalStore(self.files, collection.folder)
