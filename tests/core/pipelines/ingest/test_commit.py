"""A host that is cut off while it writes a chunk, and back when another has changed the shop."""

import time
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from core.connections.redis_client import connect
from core.domain import EncoderIdentity
from core.errors import Unavailable
from core.jobs import Locks
from core.pipelines.ingest.commit import Taken, keep
from core.pipelines.services import no_report
from core.storage import Entry, Item, ItemImage, picture_file
from core.vectors.memory import MemoryVectors
from tests.support.faulty_link import link
from tests.support.servers import redis_server
from tests.support.trainable_shop import trainable

HELD_S = 2


class LateVectors(MemoryVectors):
    """Vectors that reach their server when they can: first something else happens."""

    def __init__(self, happening):
        super().__init__()
        self._happening = happening

    def upsert(self, space, rows):
        self._happening()
        super().upsert(space, rows)


def picture_of(sku, space):
    image = ItemImage(
        view="main", file=picture_file(sku, "0" * 64), sha256="0" * 64, format="JPEG",
        width=1, height=1, bytes=3,
    )  # fmt: skip
    entry = Entry(file=f"{sku}.jpg", sku=sku, view="main")
    return Taken(entry, b"jpg", image, {space: np.array([1, 0], np.float32)})


def test_an_item_deleted_while_its_writer_was_cut_off_does_not_come_back(tmp_path):
    with trainable(tmp_path) as services, redis_server(tmp_path / "b") as url, link(url) as cable:
        collection = services.collections.create("shop", encoder=EncoderIdentity("a", 2))
        items, now = services.items(collection), datetime.now(UTC)
        items.put(Item(sku="1", created_at=now, updated_at=now))

        def cut_off():
            with cable.pulled():
                time.sleep(1.2 * HELD_S)
                with locks_at(url).changing("shop"):
                    items.remove("1")

        vectors = LateVectors(cut_off)
        vectors.create(collection.space, 2)
        ours = replace(services, vectors=vectors, locks=locks_at(cable.url))
        with pytest.raises(Unavailable):
            keep(collection, [picture_of("1", collection.space)], [], ours, no_report)
        assert items.find(["1"]) == {}


def locks_at(url):
    return Locks(connect(url, timeout_s=0.3), wait_s=5, held_s=HELD_S)
