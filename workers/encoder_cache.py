"""An LRU cache of the networks in a worker's memory; it measures their throughput."""

import logging
import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.cache.worker_registry import EncoderReport
from core.domain import EncoderIdentity
from core.encoders.catalogue import ENCODERS, describe
from core.encoders.class_head import ClassHead, class_head
from core.encoders.encoder import Encoder, Images, Network
from core.encoders.factory import open_network
from core.encoders.onnx.own_encoders import add_own_encoders
from core.encoders.recipes.fitting import Statistics
from core.encoders.recipes.recipe_encoder import RecipeEncoder
from core.encoders.weights.lookup import ResolvedWeights, WeightsLookup
from core.encoders.weights.text_lookup import find_text_tower
from core.errors import Conflict, CoreError
from core.observability.metrics import IMAGES, LOADED
from core.settings import Settings
from core.storage import find_statistics
from core.storage.backends import StorageBackend
from workers.text_towers import TextTowerCache

if TYPE_CHECKING:
    from core.encoders.onnx.text_tower import TextTower

log = logging.getLogger(__name__)

_SMOOTHING = 0.2
"""Weight of the latest call in the moving average of the throughput."""


_MAX_STATISTICS = 32
"""Statistics of fitted recipes in memory, about 1.4 MB each."""


class ThroughputMeter:
    """The recent throughput of a network, as an exponential moving average."""

    def __init__(self) -> None:
        self._image_s: float | None = None

    @property
    def images_per_second(self) -> float | None:
        """The throughput of one caller's forward passes; None before the first pass."""
        return None if self._image_s is None else round(1 / self._image_s, 1)

    def record(self, image_s: float) -> None:
        """Record how many seconds one image took in the latest call."""
        before = image_s if self._image_s is None else self._image_s
        self._image_s = before + _SMOOTHING * (image_s - before)


class MeteredNetwork:
    """A network whose throughput is measured."""

    def __init__(self, network: Network, meter: ThroughputMeter) -> None:
        self.description = network.description
        self._network, self._meter = network, meter

    def run(self, images: Images) -> NDArray[np.float32]:
        """Return all outputs for uint8 RGB (n, side, side, 3), n >= 1: float32 (n, length)."""
        started = time.perf_counter()
        outputs = self._network.run(images)
        IMAGES.labels(self.description.name).inc(len(images))
        self._meter.record((time.perf_counter() - started) / len(images))
        return outputs


class EncoderCache:
    """The open networks of this process, limited by the setting `max_loaded`, and encoders.

    Encoders that differ only in their recipes share a network.
    """

    def __init__(self, settings: Settings, files: StorageBackend) -> None:
        """Take the settings, and the store, which has the statistics of fitted recipes."""
        self._settings, self._files = settings, files
        add_own_encoders(settings.weights)
        self._statistics = lru_cache(_MAX_STATISTICS)(self._read_statistics)
        self._text_towers = TextTowerCache(settings.encoders)
        self._weights = WeightsLookup(settings.weights, settings.encoders.weights_sha256)
        self._loaded: OrderedDict[str, Network] = OrderedDict()
        self._meters: defaultdict[str, ThroughputMeter] = defaultdict(ThroughputMeter)
        # one lock per network: opening takes up to a minute, and must not delay other networks
        self._opening: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()

    def get(self, identity: EncoderIdentity) -> Encoder:
        """Return the encoder with this identity; its network is opened on first use.

        Raises:
            NotInstalled: the weights are not on this machine.
            Conflict: the weights or the preprocessing on this machine differ from those of the
                identity, or the statistics of its recipe are lost.
        """
        resolved = self._resolve(identity)
        with self._opening_lock(resolved.sha256):
            network = self._cached(resolved.sha256) or self._open(resolved)
        return RecipeEncoder(network, identity, self._statistics(identity.statistics))

    def class_head(self, identity: EncoderIdentity) -> ClassHead | None:
        """Return the classes that the network of these vectors tells apart, if it has any.

        Raises:
            NotInstalled: the weights are not on this machine.
        """
        return class_head(self._weights.require(describe(identity.name)))

    def text_tower(self, identity: EncoderIdentity) -> "TextTower | None":
        """Return the text tower of the encoder with this identity, if it has one.

        Raises:
            NotInstalled: a file of it is wrong or missing.
            Conflict: the encoder of this worker is another one.
        """
        if describe(identity.name).text_files is None:
            return None
        files = find_text_tower(self._resolve(identity).description, self._weights)
        return None if files is None else self._text_towers.get(files)

    def preload_text_towers(self, identities: Iterable[EncoderIdentity]) -> None:
        """Open the text towers of encoders before a search needs them; log why one cannot be."""
        for identity in identities:
            try:
                self.text_tower(identity)
            except CoreError as exc:
                log.warning("the text tower of %s cannot be used: %s", identity.name, exc)

    def default(self) -> Encoder:
        """Return the default encoder of new collections."""
        resolved = self._weights.require(describe(self._settings.default_encoder))
        return self.get(resolved.identity)

    def loaded(self) -> tuple[str, ...]:
        """Return the SHA-256 of the weights of each network in memory."""
        return tuple(self._loaded)

    def reports(self) -> dict[str, EncoderReport]:
        """Return the state of every encoder in the catalogue, by name."""
        statuses = {name: self._weights.status(describe(name)) for name in ENCODERS}
        return {
            name: EncoderReport(
                weights=status.state,
                sha256=status.sha256,
                detail=status.detail,
                images_per_second=self._meters[status.sha256 or ""].images_per_second,
            )
            for name, status in statuses.items()
        }

    def _resolve(self, identity: EncoderIdentity) -> ResolvedWeights:
        """Return the encoder with its weights.

        Raises:
            NotInstalled: the weights are not on this machine.
            Conflict: they or the preprocessing differ from those of the identity.
        """
        resolved = self._weights.require(describe(identity.name))
        own = resolved.description.identity(resolved.sha256, identity.recipe)
        if own != replace(identity, statistics="", colour_weight=None):
            raise Conflict(
                f"the vectors were made by {_summary(identity)}, but this worker has "
                f"{_summary(own)}, and the vectors of the two must not be mixed; "
                f"{_remedy(identity, own)}"
            )
        return resolved

    def _opening_lock(self, sha256: str) -> threading.Lock:
        with self._lock:
            return self._opening[sha256]

    def _read_statistics(self, sha256: str) -> Statistics | None:
        if not sha256:
            return None
        return Statistics.from_bytes(find_statistics(self._files, sha256))

    def _cached(self, sha256: str) -> Network | None:
        with self._lock:
            if sha256 in self._loaded:
                self._loaded.move_to_end(sha256)
            return self._loaded.get(sha256)

    def _open(self, resolved: ResolvedWeights) -> Network:
        options = self._settings.encoders
        network = open_network(
            resolved,
            folder=self._settings.models,
            runtime=options.runtime,
            precision=options.precision,
            batch_size=options.batch_size,
            streams=options.streams,
        )
        with self._lock:
            self._loaded[resolved.sha256] = MeteredNetwork(network, self._meters[resolved.sha256])
            if len(self._loaded) > options.max_loaded:
                self._loaded.popitem(last=False)
            LOADED.set(len(self._loaded))
            # the counter starts at 0, since `rate()` skips a first sample
            IMAGES.labels(resolved.description.name)
            return self._loaded[resolved.sha256]


def _summary(identity: EncoderIdentity) -> str:
    return f"{identity.name} ({identity.preprocessing}, weights {identity.weights[:12]})"


def _remedy(identity: EncoderIdentity, own: EncoderIdentity) -> str:
    """Return what to do about vectors that differ from those of this worker."""
    if identity.weights == own.weights:
        return "rebuild the collection with `lookalike rebuild NAME`"
    change = f"`lookalike collections change NAME --encoder {own.name}`"
    return f"restore the original weights, or rebuild the collection with {change}"
