"""What pipelines work with; a worker opens it once, and tests open it on what they like."""

from collections.abc import Callable
from dataclasses import dataclass

from core.encoders.encoder import Encoder
from core.jobs import Job, Ledger, Locks
from core.settings import Limits
from core.store import Collection, Collections, Files, Items, Uploads
from core.vectors import VectorStore

Report = Callable[[], None]
"""Called between batches: renews the lease, and raises when the step is to stop."""


@dataclass(frozen=True)
class Rooms:
    """The rooms of the shop, opened."""

    files: Files
    collections: Collections
    uploads: Uploads
    vectors: VectorStore
    ledger: Ledger
    locks: Locks
    encoder_of: Callable[[Collection], Encoder]
    limits: Limits
    chunk: int
    batch: int

    def items(self, collection: Collection) -> Items:
        """The items of a collection."""
        return Items(self.files, collection.folder)

    def collection(self, job: Job) -> Collection:
        """The collection a job is about.

        Raises:
            NotFound: it has been deleted meanwhile.
        """
        return self.collections.get(job.collection)
