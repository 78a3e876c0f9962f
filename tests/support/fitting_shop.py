"""A collection whose recipe is fitted in the process of the test, with a small network."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from core.encoders.catalogue import describe
from core.encoders.recipes.fitting import Statistics
from core.encoders.recipes.recipe_encoder import RecipeEncoder
from core.errors import Conflict
from core.jobs import NewJob
from core.jobs.step_ledger import LAST
from core.pipelines import reindex
from core.pipelines.fitting.rules import FittingRules
from core.pipelines.services import no_heartbeat
from core.storage import Item, ItemImage, find_statistics, image_file
from tests.support.images import jpeg

DESCRIPTION, WEIGHTS = describe("efficientnet-lite0"), "0" * 64
MIN_IMAGES = 6
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class PixelNetwork:
    """A network with random weights: one layer, on one of 32 by 32 pixels."""

    description = DESCRIPTION
    _weights = np.random.default_rng(0).standard_normal(
        (7 * 7 * 3, sum(DESCRIPTION.outputs.values())), dtype=np.float32
    )

    def run(self, images):
        rows = images[:, 16::32, 16::32].reshape(len(images), -1) / np.float32(255) - 0.5
        return np.maximum(rows @ self._weights + 2, 0)


class FittingShop:
    """A collection with images, and jobs that fit and rebuild it."""

    def __init__(self, services, recipe="parts-1", **fields):
        self.network = PixelNetwork()
        self.services = replace(
            services, get_encoder=self.open_encoder, fitting=FittingRules(MIN_IMAGES), batch_size=8
        )
        encoder = DESCRIPTION.identity(WEIGHTS, recipe)
        services.collections.create("shop", encoder=encoder, **fields)

    @property
    def collection(self):
        return self.services.collections.get("shop")

    @property
    def items(self):
        return self.services.items(self.collection)

    def open_encoder(self, identity):
        if not DESCRIPTION.makes(identity):
            raise Conflict("the preprocessing has changed")
        statistics = None
        if identity.statistics:
            data = find_statistics(self.services.files, identity.statistics)
            statistics = Statistics.from_bytes(data)
        return RecipeEncoder(self.network, identity, statistics)

    def add(self, numbers, *, picture=None):
        """Add an item for each number, with the image of that number or of `picture`."""
        for number in numbers:
            data = jpeg(number if picture is None else picture, side=64)
            sha256 = hashlib.sha256(data).hexdigest()
            file = image_file(str(number), sha256)
            self.items.put_images([(file, data)])
            image = ItemImage(view="main", file=file, sha256=sha256, format="JPEG", width=64,
                              height=64, bytes=len(data))  # fmt: skip
            item = Item(sku=str(number), images=(image,), created_at=NOW, updated_at=NOW)
            self.items.put_all([item])

    def run(self, kind, **args):
        """Run all steps of a job as a worker does; return its result."""
        services = self.services
        ledger, new = services.ledger, NewJob(kind=kind, collection="shop", args=args)
        job = ledger.create(new)
        ledger.commit(ledger.claim(job.id), reindex.plan(job, services, no_heartbeat))
        while (claim := ledger.claim(job.id)) is not None:
            job = ledger.get(job.id)
            outcome = (
                reindex.finish(job, services)
                if claim.step == LAST
                else reindex.embed(job, claim.step, services, no_heartbeat)
            )
            ledger.commit(claim, outcome)
        return ledger.get(job.id).result

    def vectors(self):
        """The stored vectors by SKU."""
        return {sku: vector for sku, _, vector in
                self.services.vectors.vectors(self.collection.index_name)}  # fmt: skip
