"""What pipelines work with; a worker opens it once, and tests open it on what they like."""

from collections.abc import Callable
from dataclasses import dataclass

from core.cache import Lists
from core.cache.worker_registry import Presence
from core.domain import EncoderIdentity
from core.encoders.encoder import Encoder
from core.errors import NotFound
from core.jobs import Job, Ledger, Locks, NewJob
from core.recommender.options import RecommenderSettings
from core.settings import Limits
from core.storage import Collection, Collections, Files, Items, SalesFiles, Uploads
from core.vectors import VectorStore

Report = Callable[[], None]
"""Called between batches: raises when the step is to stop."""


class Stopped(Exception):
    """Raised by a report: the step is to end without a result."""


def no_report() -> None:
    """For work that is not to stop half-way."""


@dataclass(frozen=True)
class Services:
    """The rooms of the shop, opened."""

    files: Files
    collections: Collections
    uploads: Uploads
    vectors: VectorStore
    ledger: Ledger
    locks: Locks
    presence: Presence
    encoder_of: Callable[[EncoderIdentity], Encoder]
    lists: Lists
    submit: Callable[[NewJob], Job]
    recommender: RecommenderSettings
    limits: Limits
    chunk: int
    batch: int

    def items(self, collection: Collection) -> Items:
        """The items of a collection."""
        return Items(self.files, collection.folder)

    def sales(self, collection: Collection) -> SalesFiles:
        """The sales and lists of a collection."""
        return SalesFiles(self.files, collection.folder)

    def collection(self, job: Job) -> Collection:
        """The collection a job is about.

        Raises:
            NotFound: it has been deleted meanwhile.
        """
        return self.collections.get(job.collection)

    def still_there(self, collection: Collection) -> Collection:
        """The collection as it is now; while we worked, another of its name may have been created.

        Raises:
            NotFound: it has been deleted meanwhile.
        """
        now = self.collections.get(collection.name)
        if now.created_at != collection.created_at:
            raise NotFound(f"collection {collection.name!r} was deleted meanwhile")
        return now
