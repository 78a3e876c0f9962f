"""A collection into which uploads are ingested in the process of the test."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.domain import EncoderIdentity
from core.jobs import JobKind, NewJob, Outcome
from core.pipelines.ingest.embed import embed
from core.pipelines.ingest.plan import plan
from core.pipelines.services import no_heartbeat
from tests.support.items import delete_item
from tests.support.memory_vectors import MemoryVectors


class ColourEncoder:
    """Encodes an image as its mean colour."""

    side, squash, dim = 8, False, 3

    def encode(self, images):
        return images.reshape(len(images), -1, 3).mean(1) + np.float32(1)


class InterruptedEncoder(ColourEncoder):
    """Encodes only after a call, which it makes once."""

    def __init__(self, interrupt):
        self._interrupts = [interrupt]

    def encode(self, images):
        while self._interrupts:
            self._interrupts.pop()()
        return super().encode(images)


class CountingVectors(MemoryVectors):
    """Vectors that count the calls that write."""

    def __init__(self):
        super().__init__()
        self.writes = 0

    def upsert(self, index, rows):
        self.writes += bool(rows)
        super().upsert(index, rows)

    def set_attributes(self, index, attributes):
        self.writes += bool(attributes)
        super().set_attributes(index, attributes)


class LocalShop:
    """A collection into which uploads are ingested in this process."""

    def __init__(self, services):
        self.vectors, self.encoder = CountingVectors(), ColourEncoder()
        self.services = replace(services, vectors=self.vectors, get_encoder=lambda _: self.encoder)
        self.collection = services.collections.create("shop", encoder=EncoderIdentity("a", 3))
        self.items = services.items(self.collection)

    def request(self, *colours, manifest=None, **args):
        """Accept an upload of `COLOUR.png` for each colour and a manifest; return its job."""
        upload = f"u{self.services.ledger.next_sequence()}"
        with self.services.uploads.receive(upload) as writer:
            for colour in colours:
                writer.begin("files", f"{colour}.png")
                writer.write(png(colour))
                writer.end()
            if manifest:
                writer.begin("manifest", "items.jsonl")
                writer.write("\n".join(map(json.dumps, manifest)).encode())
                writer.end()
        args = {"upload": upload, **args}
        return self.services.ledger.create(
            NewJob(kind=JobKind.INGEST, collection="shop", args=args)
        )

    def put(self, colour, **attributes):
        return self.request(colour, sku="A", attributes=attributes, replace=True)

    def run(self, job):
        """Run a job as the worker does; return the outcome of its only chunk."""
        ledger = self.services.ledger
        ledger.commit(ledger.claim(job.id), plan(job, self.services, no_heartbeat))
        claim = ledger.claim(job.id)
        outcome = embed(job, claim.step, self.services, no_heartbeat)
        ledger.commit(claim, outcome)
        ledger.commit(ledger.claim(job.id), Outcome())
        self.services.uploads.discard(job.args["upload"])
        return outcome

    def delete(self, sku):
        delete_item(self.items, sku, self.services.ledger.next_sequence())

    def colour(self, sku="A", view="main"):
        """The colour of the stored image and of its vector, which must be the same."""
        data = self.items.read_image(self.items.get(sku).image(view))
        with Image.open(io.BytesIO(data)) as image:
            pixel = np.array(image.convert("RGB").getpixel((0, 0)), np.float32)
        vector = self.vectors.item_vectors(self.collection.index_name, sku)[view]
        expected = (pixel + 1) / np.linalg.norm(pixel + 1)
        assert vector == pytest.approx(expected, abs=0.01), f"{vector} is not {expected}"
        return {(255, 0, 0): "red", (0, 0, 255): "blue", (0, 128, 0): "green"}[tuple(pixel)]


def png(colour):
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), colour).save(buffer, "PNG")
    return buffer.getvalue()
