"""Chunks while they are embedded: new vector indexes, and the use of cores."""

import io
from dataclasses import replace
from threading import BoundedSemaphore

import numpy as np
import pytest
from PIL import Image

from core.domain import EncoderIdentity
from core.errors import Unavailable
from core.jobs import JobKind, NewJob
from core.pipelines.ingest.embed import MAX_ROUNDS, embed
from core.pipelines.ingest.plan import plan
from core.pipelines.services import no_heartbeat


class FakeEncoder:
    """Gives every image the same vector, after a call."""

    side, squash = 8, False

    def __init__(self, identity, interrupt):
        self.identity, self.dim, self._interrupt = identity, identity.dim, interrupt

    def encode(self, images):
        self._interrupt()
        return np.ones((len(images), self.dim), np.float32)


def planned_job(services):
    """An ingest job of one image, planned."""
    services.collections.create("shop", encoder=EncoderIdentity("a", 2))
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), "red").save(buffer, "PNG")
    with services.uploads.receive("upload") as writer:
        writer.begin("files", "A.png")
        writer.write(buffer.getvalue())
        writer.end()
    new = NewJob(kind=JobKind.INGEST, collection="shop", args={"upload": "upload"})
    job = services.ledger.create(new)
    plan(job, services, no_heartbeat)
    return job


def test_an_index_added_while_a_chunk_is_embedded_gets_its_vectors_too(services):
    job = planned_job(services)

    def add_index():
        services.collections.stage_index("shop", EncoderIdentity("b", 3), "other")

    changing = replace(services, get_encoder=lambda identity: FakeEncoder(identity, add_index))
    outcome = embed(job, 1, changing, no_heartbeat)
    assert (outcome.done, outcome.failures) == (1, ())
    indexes = services.collections.get("shop").indexes
    assert [len(services.vectors.item_vectors(index.name, "A")["main"]) for index in indexes] == [
        2, 3,
    ]  # fmt: skip


def test_a_chunk_gives_up_when_its_encoder_keeps_changing(services):
    job, rounds = planned_job(services), []

    def replace_index():
        rounds.append(1)
        if (shadow := services.collections.get("shop").shadow_index) is not None:
            services.collections.discard_index("shop", shadow.job)
        services.collections.stage_index("shop", EncoderIdentity("b", 3), f"job-{len(rounds)}")

    changing = replace(services, get_encoder=lambda identity: FakeEncoder(identity, replace_index))
    with pytest.raises(Unavailable, match="keeps changing"):
        embed(job, 1, changing, no_heartbeat)
    assert len(rounds) >= MAX_ROUNDS
    assert list(services.items(services.collections.get("shop")).keys()) == []


def test_images_are_embedded_on_one_of_the_workers_cores_but_committed_without(services):
    job, cores, free_cores = planned_job(services), BoundedSemaphore(1), []

    def count_free():
        free_cores.append(cores.acquire(blocking=False))

    services = replace(
        services,
        get_encoder=lambda identity: FakeEncoder(identity, count_free),
        cores=cores,
    )
    embed(job, 1, services, no_heartbeat)
    assert free_cores == [False]
    assert cores.acquire(blocking=False)
