"""Writes similar lists to the cache."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from core.batching import batched
from core.jobs.locks import EnsureHeld
from core.pipelines.services import Heartbeat, Services
from core.similar import SimilarLists, Update
from core.storage import Collection

_LIST_BATCH = 1_000


@dataclass(frozen=True)
class Publisher:
    """Publishes the lists of a collection, while its caller holds the lock for these lists."""

    collection: Collection
    services: Services
    heartbeat: Heartbeat
    ensure_held: EnsureHeld

    def restore(self, version: str, lists: SimilarLists) -> None:
        """Write all lists of a version, unless the cache has this version."""
        if self.services.similar.live(self.collection.name) != version:
            self._publish(version, None, lists, ())

    def publish(self, version: str, earlier: str | None, update: Update) -> None:
        """Write what changed since the earlier version, if the cache has it; otherwise, all."""
        self._publish(version, earlier, update.lists, update.changed.tolist())

    def _publish(
        self, version: str, earlier: str | None, lists: SimilarLists, changed: Iterable[int]
    ) -> None:
        name, cache, token = self.collection.name, self.services.similar, secrets.token_hex(8)
        cached = cache.begin(name, token)
        listed = cache.listed(name)
        skus = lists.images.skus
        if cached is None or cached != earlier:
            outdated = set(range(len(skus)))
        else:  # commits of images drop the lists of their items
            outdated = {*changed, *(n for n, sku in enumerate(skus) if sku not in listed)}
        for batch in batched(lists.lines(sorted(outdated)), _LIST_BATCH):
            self._check()
            cache.write(name, batch)
        cache.drop_lists(name, listed.difference(skus))
        self._check()
        cache.go_live(name, version, token)

    def _check(self) -> None:
        self.heartbeat()
        self.ensure_held()
