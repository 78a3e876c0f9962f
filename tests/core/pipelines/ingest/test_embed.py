"""Chunks while they are embedded: new vector indexes, and the use of cores."""

import io
from dataclasses import replace
from hashlib import sha256
from threading import BoundedSemaphore

import numpy as np
import pytest
from PIL import Image

from core.domain import EncoderIdentity
from core.errors import Unavailable
from core.jobs import JobKind, NewJob
from core.pipelines.ingest import embed_one_by_one
from core.pipelines.ingest.embed import MAX_ROUNDS, embed
from core.pipelines.ingest.plan import plan
from core.pipelines.services import no_heartbeat
from tests.support.images import jpeg


class FakeEncoder:
    """Gives every image the same vector, after a call."""

    side, squash = 8, False

    def __init__(self, identity, interrupt):
        self.identity, self.dim, self._interrupt = identity, identity.dim, interrupt

    def encode(self, images):
        self._interrupt()
        return np.ones((len(images), self.dim), np.float32)


def picture():
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), "red").save(buffer, "PNG")
    return buffer.getvalue()


def new_job(services, files, **args):
    """An ingest job of these files."""
    services.collections.create("shop", encoder=EncoderIdentity("a", 2))
    with services.uploads.receive("upload") as writer:
        for name, data in files.items():
            writer.begin("files", name)
            writer.write(data)
            writer.end()
    args = {"upload": "upload", **args}
    return services.ledger.create(NewJob(kind=JobKind.INGEST, collection="shop", args=args))


def planned_job(services):
    """An ingest job of one image, planned."""
    job = new_job(services, {"A.png": picture()})
    plan(job, services, no_heartbeat)
    return job


FOR_ONE_VIEW = {"A.png": picture()[:-30], "A.gif": b"GIF89a", "A.jpg": jpeg(1), "A.webp": jpeg(2)}


@pytest.mark.parametrize("step", [embed, embed_one_by_one])
def test_of_several_files_for_a_view_the_first_that_is_usable_is_taken(services, step):
    job = new_job(services, {**FOR_ONE_VIEW, "items.csv": b"sku,kind\nA,hat\n"})
    assert plan(job, services, no_heartbeat).total == len(FOR_ONE_VIEW)
    usable = replace(services, get_encoder=lambda identity: FakeEncoder(identity, lambda: None))
    outcome = step(job, 1, usable, no_heartbeat)
    item = services.items(services.collections.get("shop")).get("A")
    assert [image.sha256 for image in item.images] == [sha256(jpeg(1)).hexdigest()]
    assert (outcome.done, item.own_attributes) == (1, {"kind": "hat"})
    assert [failure.file for failure in outcome.failures] == ["A.png", "A.gif", "A.webp"]
    assert "view 'main' of SKU 'A' is already taken by A.jpg" in outcome.failures[-1].reason
    assert [failure.entry for failure in outcome.failures] == [(1, 0), None, None]


def test_a_dry_run_says_that_only_one_of_several_files_for_a_view_is_taken(services):
    outcome = plan(new_job(services, FOR_ONE_VIEW, dry_run=True), services, no_heartbeat)
    assert outcome.result["planned_images"] == 1
    assert [failure.file for failure in outcome.failures] == ["A.gif", "A.jpg", "A.webp"]


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
