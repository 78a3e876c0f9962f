"""A stack whose similar items a benchmark measures: filled with photos or with random vectors."""

import time
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2

from api.services.job_submission import Dispatcher
from benchmarks.support import client_view
from benchmarks.vectors import generate_vectors
from core.batching import batched
from core.cache import ItemCache
from core.connections.redis_client import connect
from core.jobs import JobKind, Ledger, NewJob
from core.storage import Collections, Item, open_backend
from core.storage.items import Items
from core.vectors import VectorRow
from core.vectors.milvus import MilvusVectors
from embedded.stack import Stack
from lookalike.client import Lookalike

LISTED, SEARCHED = 50, 51
"""Limits that a list and a search answer."""
MILLIONTH = 1.1e-6
"""Lists and searches add up products in another order, so their scores are rounded differently."""
_FROM_SCORE = ("score", "rarity", "same", "likeness")
"""Fields that follow from the score: its rounding decides between two steps of the scale."""
_BATCH = 2_000
_SUFFIXES = {".jpg", ".jpeg"}


@dataclass(frozen=True)
class SimilarShop:
    """A running stack."""

    stack: Stack

    @property
    def port(self) -> int:
        """The port of the API."""
        return self.stack.settings.ports.api

    @property
    def ledger(self) -> Ledger:
        """The job ledger."""
        return Ledger(connect(self.stack.settings.redis))

    def import_photos(self, archive: Path, photos: Path) -> list[str]:
        """Import every image in a folder as an item; return the SKUs."""
        files = sorted(path for path in photos.rglob("*.*") if path.suffix.lower() in _SUFFIXES)
        skus = [f"{n:05}" for n in range(len(files))]
        with zipfile.ZipFile(archive, "w") as file:
            for sku, path in zip(skus, files, strict=True):
                file.write(path, f"{sku}.jpg")
        with Lookalike(self.stack.url) as client:
            client_view.ingest_s(client, archive, "photos")
        self.wait_for_lists("photos")
        return skus

    def fill(self, collection: str, count: int) -> list[str]:
        """Create a collection of items with random vectors, and no lists; return the SKUs."""
        with Lookalike(self.stack.url) as client:
            client.create_collection(collection)
        files = open_backend(self.stack.settings.store)
        definition = Collections(files).get(collection)
        store = MilvusVectors(self.stack.settings.milvus)
        dim = definition.encoder.dim
        store.create(definition.index_name, dim)
        skus, now = [f"A-{n:06}" for n in range(count)], datetime.now(UTC)
        for number, batch in enumerate(batched(skus, _BATCH)):
            vectors = generate_vectors(len(batch), seed=number, dim=dim)
            rows = zip(batch, vectors, strict=True)
            store.upsert(definition.index_name, [VectorRow(sku, "main", row) for sku, row in rows])
        attributes = {"kind": "dress", "price": 49.9, "brand": "Lookalike"}
        items = [
            Item(sku=sku, attributes=attributes, created_at=now, updated_at=now) for sku in skus
        ]
        Items(files, definition.folder).put_all(items)
        ItemCache(connect(self.stack.settings.cache)).put_cards(collection, items)
        return skus

    def update(self, collection: str) -> float:
        """Update the lists of a collection; return the seconds that it takes."""
        started = time.perf_counter()
        new = NewJob(kind=JobKind.UPDATE_SIMILAR, collection=collection)
        Dispatcher(self.stack.settings.redis, self.ledger).submit_once(new)
        self.wait_for_lists(collection)
        return time.perf_counter() - started

    def wait_for_lists(self, collection: str) -> None:
        """Wait until no update of the lists is queued or running."""
        while self.ledger.open_jobs_of(collection, JobKind.UPDATE_SIMILAR):
            time.sleep(0.05)

    def path(self, collection: str, sku: str, limit: int = 10) -> str:
        """Return the path of a request for similar items."""
        return f"/v1/collections/{collection}/items/{quote(sku, safe='')}/similar?limit={limit}"

    def get(self, path: str) -> Any:
        """Return the body of a response."""
        response = httpx2.get(f"http://127.0.0.1:{self.port}{path}", timeout=60)
        return response.raise_for_status().json()

    def compare(self, collection: str, skus: list[str]) -> None:
        """Compare lists with searches, and print how many agree."""
        differ = [sku for sku in skus if not self._agrees(collection, sku)]
        print(f"{collection}: {len(skus) - len(differ):,} of {len(skus):,} lists equal a search")
        for sku in differ[:10]:
            print(f"  differs: {sku}")

    def _agrees(self, collection: str, sku: str) -> bool:
        """Compare the matches and their order, except of matches with the same score."""
        listed, searched = (self.get(self.path(collection, sku, n)) for n in (LISTED, SEARCHED))
        if "list_ms" not in listed["timings"] or "list_ms" in searched["timings"]:
            return False
        rows = zip(listed["matches"], searched["matches"], strict=False)
        by_sku = {row["sku"]: row for row in searched["matches"]}
        return len(listed["matches"]) == min(LISTED, len(searched["matches"])) and all(
            abs(match["score"] - other["score"]) < MILLIONTH
            and match["sku"] in by_sku
            and _is_same(match, by_sku[match["sku"]])
            for match, other in rows
        )


def _is_same(match: dict[str, Any], other: dict[str, Any]) -> bool:
    """Compare two matches of one item whose scores differ by their rounding at most."""
    if match["score"] == other["score"]:
        return match == other
    return match | dict.fromkeys(_FROM_SCORE) == other | dict.fromkeys(_FROM_SCORE)
