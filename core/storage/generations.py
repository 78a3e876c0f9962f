"""The generations of a collection's recommendation lists, each stored in its own folder."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, BinaryIO

from core.item_links import LINK_ROW, LINK_SUMMARY, LinkSummary
from core.recommendations import REGION_ROW, USER_ROW, Recommendation, UserLists, to_json
from core.records import Record
from core.storage.backends import StorageBackend
from core.storage.collection import Collection
from core.storage.documents import find_document
from core.storage.items import Items
from core.storage.recommender import Recommender
from core.storage.sales import SalesStore

_POPULAR, _LINKS, _REPORT = "popular.jsonl", "links.jsonl", "report.json"
_SNAPSHOT = "snapshot.arrow"


class InputVersion(Record):
    """The version of the input at the start of a training run."""

    fingerprint: str
    revision: int


class ShardPlan(InputVersion):
    """How the lists of a generation are divided among several workers."""

    users: int
    shards: int


class GenerationStore:
    """The generations of a collection. Callers hold the collection's lock while they change them.

    Reading a generation or file that does not exist raises `NotFound`.
    """

    def __init__(self, files: StorageBackend, folder: str) -> None:
        self._files = files
        self._folder = folder

    def recommender(self) -> Recommender:
        """Return which generation is live and which generations are kept."""
        document = find_document(self._files, f"{self._folder}/recommender.json", Recommender)
        return document or Recommender()

    def put_recommender(self, recommender: Recommender) -> None:
        """Set which generation is live and which generations are kept."""
        text = recommender.model_dump_json().encode()
        self._files.write(f"{self._folder}/recommender.json", text)

    def ids(self) -> list[str]:
        """Return the ids of all generations, including incomplete ones."""
        return self._files.list_names(f"{self._folder}/lists")

    def drop(self, generation: str) -> None:
        """Delete a generation."""
        self._files.delete_tree(f"{self._folder}/lists/{generation}")

    def remove_leftovers(self, generation: str) -> None:
        """Delete a generation's temporary files that a process left behind when it died."""
        self._files.remove_leftovers(f"{self._folder}/lists/{generation}")

    def write_lists(
        self, generation: str, block: str, rows: Iterable[tuple[str, UserLists]]
    ) -> None:
        """Write a block of users' lists as JSON lines."""
        text = b"".join(to_json(USER_ROW, row) + b"\n" for row in rows)
        self._files.write(self._path(generation, f"{block}.jsonl"), text)

    def read_lists(self, generation: str, block: str) -> Iterator[tuple[str, UserLists]]:
        """Yield the users of a block and their lists."""
        text = self._files.read(self._path(generation, f"{block}.jsonl"))
        return map(USER_ROW.validate_json, text.splitlines())

    def write_popular(self, generation: str, lists: Mapping[str, list[Recommendation]]) -> None:
        """Write the popular items of each region as JSON lines."""
        text = b"".join(to_json(REGION_ROW, row) + b"\n" for row in lists.items())
        self._files.write(self._path(generation, _POPULAR), text)

    def read_popular(self, generation: str) -> dict[str, list[Recommendation]]:
        """Return the popular items of each region."""
        text = self._files.read(self._path(generation, _POPULAR))
        return dict(map(REGION_ROW.validate_json, text.splitlines()))

    def write_links(
        self, generation: str, summary: LinkSummary, rows: Iterable[tuple[str, str]]
    ) -> None:
        """Write the links of all items, as SKUs and texts, in JSON lines below a summary."""
        with self._files.open_write(self._path(generation, _LINKS)) as file:
            file.write(LINK_SUMMARY.dump_json(summary) + b"\n")
            for row in rows:
                file.write(LINK_ROW.dump_json(row) + b"\n")

    @contextmanager
    def open_links(
        self, generation: str
    ) -> Iterator[tuple[LinkSummary, Iterator[tuple[str, str]]]]:
        """Open the links of all items for reading: the summary, then each item's SKU and text."""
        with self._files.open_read(self._path(generation, _LINKS)) as file:
            yield LINK_SUMMARY.validate_json(file.readline()), map(LINK_ROW.validate_json, file)

    def user_blocks(self, generation: str) -> list[str]:
        """Return the names of the blocks with users' lists, sorted."""
        names = self._files.list_names(f"{self._folder}/lists/{generation}")
        return [name.removesuffix(".jsonl") for name in names if name.startswith("users-")]

    def put_listed_skus(self, generation: str, shard: str, skus: Iterable[str]) -> None:
        """Write the SKUs that occur in a shard of the lists."""
        text = json.dumps(sorted(skus))
        self._files.write(self._path(generation, f"skus-{shard}.json"), text.encode())

    def listed_skus(self, generation: str) -> set[str]:
        """Return all SKUs that occur in the lists."""
        return self._read_skus(generation, "skus-")

    def put_shown_skus(self, generation: str, shard: str, skus: Iterable[str]) -> None:
        """Write the SKUs that a shard of the lists shows if all items are available."""
        text = json.dumps(sorted(skus))
        self._files.write(self._path(generation, f"shown-{shard}.json"), text.encode())

    def shown_skus(self, generation: str) -> set[str]:
        """Return all SKUs that users' lists show if all items are available."""
        return self._read_skus(generation, "shown-")

    def write_snapshot(self, generation: str) -> AbstractContextManager[BinaryIO]:
        """Open the training snapshot for writing; workers build their shards from it."""
        return self._files.open_write(self._path(generation, _SNAPSHOT))

    def open_snapshot(self, generation: str) -> AbstractContextManager[BinaryIO]:
        """Open the training snapshot for reading; `drop_snapshot` may have deleted it."""
        return self._files.open_read(self._path(generation, _SNAPSHOT))

    def drop_snapshot(self, generation: str) -> None:
        """Delete the training snapshot once all lists are built, or if sales in it were erased."""
        self._files.delete(self._path(generation, _SNAPSHOT))

    def put_shard_plan(self, generation: str, plan: ShardPlan) -> None:
        """Save how the lists are divided among several workers."""
        self._files.write(self._path(generation, "shards.json"), plan.model_dump_json().encode())

    def shard_plan(self, generation: str) -> ShardPlan:
        """Return how the lists are divided among several workers."""
        text = self._files.read(self._path(generation, "shards.json"))
        return ShardPlan.model_validate_json(text)

    def put_report(self, generation: str, report: dict[str, Any]) -> None:
        """Write the training report."""
        self._files.write(self._path(generation, _REPORT), json.dumps(report).encode())

    def report(self, generation: str) -> dict[str, Any]:
        """Return the training report."""
        report: dict[str, Any] = json.loads(self._files.read(self._path(generation, _REPORT)))
        return report

    def is_complete(self, generation: str) -> bool:
        """Return whether a kept generation still has its report and all its lists."""
        names = set(self._files.list_names(f"{self._folder}/lists/{generation}"))
        if not {_REPORT, _POPULAR, _LINKS} <= names:
            return False
        blocks = self.user_blocks(generation)
        has_users = bool(blocks) or not self.report(generation).get("users")
        return has_users and blocks == [f"users-{number:06}" for number in range(len(blocks))]

    def _read_skus(self, generation: str, prefix: str) -> set[str]:
        names = self._files.list_names(f"{self._folder}/lists/{generation}")
        paths = [self._path(generation, name) for name in names if name.startswith(prefix)]
        return {sku for path in paths for sku in json.loads(self._files.read(path))}

    def _path(self, generation: str, name: str) -> str:
        return f"{self._folder}/lists/{generation}/{name}"


def training_fingerprint(collection: Collection, files: StorageBackend) -> str:
    """Return a digest of the training input: sales, erasures, items and item vectors."""
    uploads = ",".join(upload.id for upload in SalesStore(files, collection.folder).uploads())
    revision = GenerationStore(files, collection.folder).recommender().revision
    counts = dict(Items(files, collection.folder).count())
    text = f"{uploads}|{revision}|{counts}|{collection.index_name}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]
