"""A host that is cut off while it commits a chunk, and reconnects after the collection changed."""

import time
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from core.connections.redis_client import connect
from core.domain import EncoderIdentity
from core.errors import Unavailable
from core.jobs import JobKind, Locks, NewJob
from core.pipelines.ingest.commit import ChunkOutdated, EmbeddedImage, commit_chunk
from core.pipelines.services import no_heartbeat
from core.storage import Item, ItemImage, PlannedImage, image_file
from tests.support.faults.faulty_link import faulty_link
from tests.support.items import delete_item
from tests.support.memory_vectors import MemoryVectors
from tests.support.servers import redis_server
from tests.support.trainable_shop import open_services

LOCK_TTL_S = 2


class InterruptedVectors(MemoryVectors):
    """Vectors whose writes are preceded by a call."""

    def __init__(self, interrupt):
        super().__init__()
        self._interrupt = interrupt

    def upsert(self, index, rows):
        self._interrupt()
        super().upsert(index, rows)


def embedded_image(sku, index, *, view="main", digest="0" * 64, replace=False):
    image = ItemImage(
        view=view, file=image_file(sku, digest), sha256=digest, format="JPEG",
        width=1, height=1, bytes=3,
    )  # fmt: skip
    planned = PlannedImage(file=f"{sku}.jpg", sku=sku, view=view, replace=replace)
    return EmbeddedImage(planned, b"jpg", image, {index: np.array([1, 0], np.float32)})


def new_job(services):
    new = NewJob(kind=JobKind.INGEST, collection="shop", args={"upload": "upload"})
    return services.ledger.create(new)


@pytest.mark.slow
def test_an_item_deleted_while_its_writer_was_cut_off_does_not_come_back(tmp_path):
    with (
        open_services(tmp_path) as services,
        redis_server(tmp_path / "b") as url,
        faulty_link(url) as cable,
    ):
        collection = services.collections.create("shop", encoder=EncoderIdentity("a", 2))
        items, now = services.items(collection), datetime.now(UTC)
        items.put_all([Item(sku="1", created_at=now, updated_at=now)])

        def cut_off():
            with cable.interrupted():
                time.sleep(1.2 * LOCK_TTL_S)
                with locks_at(url).exclusive("shop"):
                    delete_item(items, "1")

        vectors = InterruptedVectors(cut_off)
        vectors.create(collection.index_name, 2)
        cut_services = replace(services, vectors=vectors, locks=locks_at(cable.url))
        image = embedded_image("1", collection.index_name)
        with pytest.raises(Unavailable):
            commit_chunk(new_job(services), collection, [image], [], cut_services, no_heartbeat)
        assert items.find(["1"]) == {}


def locks_at(url):
    return Locks(connect(url, timeout_s=1), wait_s=30, ttl_s=LOCK_TTL_S)


def test_nothing_is_written_where_an_index_was_added_meanwhile(services):
    collection = services.collections.create("shop", encoder=EncoderIdentity("a", 2))
    services.collections.stage_index("shop", EncoderIdentity("b", 3), "job")
    image = embedded_image("1", collection.index_name)
    with pytest.raises(ChunkOutdated):
        commit_chunk(new_job(services), collection, [image], [], services, no_heartbeat)
    assert list(services.items(collection).keys()) == []
    assert services.items(collection).files() == set()


def test_no_vector_remains_of_a_view_whose_image_becomes_that_of_another_view(services):
    collection = services.collections.create("shop", encoder=EncoderIdentity("a", 2))
    index = collection.index_name
    services.vectors.create(index, 2)
    front, back = (
        embedded_image("1", index),
        embedded_image("1", index, view="back", digest="1" * 64),
    )
    commit_chunk(new_job(services), collection, [front, back], [], services, no_heartbeat)
    only = embedded_image("1", index, digest="1" * 64, replace=True)
    commit_chunk(new_job(services), collection, [only], [], services, no_heartbeat)
    assert [image.view for image in services.items(collection).get("1").images] == ["main"]
    assert list(services.vectors.keys(index)) == [("1", "main")]
