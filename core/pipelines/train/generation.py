"""A generation of lists, written in the background, then made live as a whole.

Lists are written to the store first, then to the cache. The previous generation is kept.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import pandas as pd

from core.errors import Unavailable
from core.jobs import Job, TrainArgs
from core.pipelines.item_cache import restore_items
from core.pipelines.services import Heartbeat, Services, StepCancelled, no_heartbeat
from core.pipelines.train.coverage import measure_coverage, unseen_keys
from core.pipelines.train.garbage_collection import paused_garbage_collection
from core.recommendations import Recommendation, UserLists
from core.recommender.ranking.lists import TrainedRecommender
from core.recommender.training_report import TrainingReport
from core.sales.purchase_history import PurchaseHistory
from core.storage import Collection, GenerationStore
from core.storage.generations import InputVersion
from core.storage.item import item_key
from core.storage.recommender import Recommender, Training

BLOCK = 2000
SUPERSEDED = {"generation": None, "superseded": True}
"""Result of a training job whose input was deleted meanwhile; its lists are not served."""


@dataclass(frozen=True)
class Generation:
    """A generation of a collection; the id is that of the training job."""

    id: str
    collection: Collection
    services: Services
    ends_rollback: bool = False
    """Whether the generation is served even if a rollback holds."""

    @classmethod
    def of(cls, job: Job, services: Services) -> Self:
        """Return the generation that a training job builds."""
        args = TrainArgs.model_validate(job.args)
        return cls(job.id, services.collection(job), services, args.ends_rollback)

    @property
    def store(self) -> GenerationStore:
        """The collection's generations in the store."""
        return self.services.generations(self.collection)

    def begin(self, report: TrainingReport) -> None:
        """Drop the data of an earlier run of the job, then write the report."""
        drop(self.id, self.collection, self.services)
        self.store.put_report(self.id, report.model_dump(mode="json"))

    def report(self) -> TrainingReport:
        """Return the training report."""
        return TrainingReport.model_validate(self.store.report(self.id))

    def write_users(
        self, trained: TrainedRecommender, sales: pd.DataFrame, blocks: range, heartbeat: Heartbeat
    ) -> int:
        """Write blocks of users' lists to the store and the cache; return the number of lists."""
        users, history = 0, PurchaseHistory(sales)
        skus, shown_skus = set[str](), set[str]()
        for number in blocks:
            with paused_garbage_collection():
                block = trained.block(number, BLOCK)
                self._write(f"users-{number:06}", _with_purchases(block, history))
                skus |= _listed_skus(block)
                shown_skus |= _listed_skus(block, trained.settings.list_length)
                users += len(block)
                del block
            heartbeat()
        self.store.put_listed_skus(self.id, f"users-{blocks.start:06}", skus)
        self.store.put_shown_skus(self.id, f"users-{blocks.start:06}", shown_skus)
        return users

    def _write(self, block: str, rows: Sequence[tuple[str, UserLists]]) -> None:
        with self.services.locks.exclusive(self.collection.name) as ensure_held:
            if self.id in self.store.recommender().trainings:
                # this worker was stalled until others published; a user may be erased by now
                raise StepCancelled
            ensure_held()
            self.store.write_lists(self.id, block, rows)
            self.services.lists.write(self.collection.name, self.id, rows)

    def write_popular(self, trained: TrainedRecommender) -> None:
        """Write each region's popular items to the store, as a whole and of the last days."""
        popular = trained.popular() | trained.best_sellers()
        self.store.put_listed_skus(self.id, "popular", _listed_skus(popular.items()))
        self.store.write_popular(self.id, popular)

    def write_links(self, trained: TrainedRecommender) -> None:
        """Write the links of all items to the store."""
        if trained.links is not None:
            rows = trained.links.links.rows(trained.index.skus)
            self.store.write_links(self.id, trained.links.summary, rows)

    def refill_cache(self, users: int) -> None:
        """Write all lists to the cache again if it lost some while shards were built."""
        if self.services.lists.count(self.collection.name, self.id) != users:
            for block in self.store.user_blocks(self.id):
                rows = self.store.read_lists(self.id, block)
                self.services.lists.write(self.collection.name, self.id, rows)

    def go_live(self, users: int, version: InputVersion) -> bool:
        """Switch to this generation, keep the previous one and drop all older generations.

        While a rollback holds, the generation only becomes the candidate, unless it ends the
        rollback. Returns False and keeps nothing if sales were deleted during the training run: the
        lists of this run must not bring deleted sales back, and the deletion has requested another
        run.

        Raises:
            Unavailable: the cache has lost some lists of this generation.
        """
        restore_items(self.collection, self.services, no_heartbeat)
        with self.services.locks.exclusive(self.collection.name) as ensure_held:
            self.services.reload_collection(self.collection)
            before = self.store.recommender()
            if self.drop_superseded(before, version):
                return False
            self.cache_links()
            self.cache_popular()
            self.check_cached(users)
            self.report_coverage()
            training = Training(at=datetime.now(UTC), fingerprint=version.fingerprint)
            holds = before.rolled_back_at is not None and not self.ends_rollback
            change = before.keep if holds else before.publish
            after = change(self.id, training)
            ensure_held()
            self.store.put_recommender(after)
            self.store.drop_snapshot(self.id)
            if not holds:
                serve(self.collection, self.services)
            drop_all_but(after.generations, self.collection, self.services)
            return True

    def refuse(self, reason: str) -> None:
        """Record why the training run was refused; what is live stays live."""
        with self.services.locks.exclusive(self.collection.name) as ensure_held:
            self.services.reload_collection(self.collection)
            refused = self.store.recommender().refuse(reason)
            ensure_held()
            self.store.put_recommender(refused)

    def drop_superseded(self, current: Recommender, version: InputVersion) -> bool:
        """Drop this generation and return True if sales were deleted since `version`.

        Callers hold the lock.
        """
        if current.revision == version.revision:
            return False
        drop_all_but(current.generations, self.collection, self.services)
        return True

    def cache_popular(self) -> None:
        """Copy the popular items from the store to the cache."""
        popular = self.store.read_popular(self.id)
        self.services.lists.write_popular(self.collection.name, self.id, popular)

    def cache_links(self) -> None:
        """Copy the links of all items from the store to the cache."""
        with self.store.open_links(self.id) as (summary, rows):
            self.services.lists.write_links(self.collection.name, self.id, summary, rows)

    def check_cached(self, users: int) -> None:
        """Check that the cache has the lists of all users, and the links of all items.

        Raises:
            Unavailable: some lists or links are missing.
        """
        if not self.services.lists.has_links(self.collection.name, self.id):
            raise Unavailable("the cache has lost links of items; the job will write them again")
        if (count := self.services.lists.count(self.collection.name, self.id)) != users:
            raise Unavailable(
                f"the cache has only {count} of {users} lists; the job will write all lists again"
            )

    def report_coverage(self) -> None:
        """Add to the report how much of the catalogue the users' lists show."""
        items = self.services.items(self.collection)
        listed, keys = self.store.shown_skus(self.id), set(items.keys())
        unseen = [item.sku for item in items.by_keys(unseen_keys(listed, keys))]
        coverage = measure_coverage(listed, keys).model_copy(update={"unseen": unseen})
        report = self.report().model_copy(update={"catalogue": coverage})
        self.store.put_report(self.id, report.model_dump(mode="json"))

    def result(self) -> dict[str, Any]:
        """Return the result of a training job whose generation is kept."""
        counts = self.report().model_dump(include={"order_lines", "users", "items"})
        served = self.store.recommender().live == self.id
        return {"generation": self.id, "served": served, **counts}


def count_blocks(users: int) -> int:
    """Return the number of blocks for the lists of all users."""
    return -(-users // BLOCK)


def serve(collection: Collection, services: Services) -> None:
    """Serve the live generation; hide deleted items that any kept generation still lists."""
    store = services.generations(collection)
    recommender = store.recommender()
    listed = set[str]().union(*map(store.listed_skus, recommender.generations))
    keys = set(services.items(collection).keys())
    hidden = {sku for sku in listed if item_key(sku) not in keys}
    services.lists.go_live(collection.name, str(recommender.live), hidden_skus=hidden)


def drop_all_but(retained: set[str], collection: Collection, services: Services) -> None:
    """Delete all generations except the retained ones."""
    for generation in services.generations(collection).ids():
        if generation not in retained:
            drop(generation, collection, services)


def drop(generation: str, collection: Collection, services: Services) -> None:
    """Delete a generation from the cache and the store."""
    services.lists.drop(collection.name, generation)
    services.generations(collection).drop(generation)


def _with_purchases(
    block: Sequence[tuple[str, list[Recommendation]]], history: PurchaseHistory
) -> list[tuple[str, UserLists]]:
    known = history.of_users([user for user, _ in block])
    return [
        (user, UserLists(bought.orders, bought.purchases, rows, lines))
        for (user, rows), (bought, lines) in zip(block, known.values(), strict=True)
    ]


def _listed_skus(
    lists: Iterable[tuple[str, list[Recommendation]]], length: int | None = None
) -> set[str]:
    """Return the SKUs of the first `length` rows of lists; None: of all."""
    return {row.sku for _, rows in lists for row in rows[:length]}
