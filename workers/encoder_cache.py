"""An LRU cache of the encoders in a worker's memory; it measures their throughput."""

import threading
import time
from collections import OrderedDict, defaultdict

from core.cache.worker_registry import EncoderReport
from core.domain import EncoderIdentity
from core.encoders.catalogue import ENCODERS, describe
from core.encoders.encoder import Encoder, Images, Vectors
from core.encoders.factory import open_encoder
from core.encoders.weights.lookup import ResolvedWeights, WeightsLookup
from core.errors import Conflict
from core.observability.metrics import IMAGES, LOADED
from core.settings import Settings

_SMOOTHING = 0.2
"""Weight of the latest call in the moving average of the throughput."""


class ThroughputMeter:
    """The recent throughput of an encoder, as an exponential moving average."""

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


class MeteredEncoder:
    """An encoder whose throughput is measured."""

    def __init__(self, encoder: Encoder, meter: ThroughputMeter) -> None:
        self.identity, self.side = encoder.identity, encoder.side
        self._encoder, self._meter = encoder, meter

    def encode(self, images: Images) -> Vectors:
        """Encode uint8 RGB (n, side, side, 3), n >= 1, as float32 unit vectors (n, dim)."""
        started = time.perf_counter()
        vectors = self._encoder.encode(images)
        IMAGES.labels(self.identity.name).inc(len(images))
        self._meter.record((time.perf_counter() - started) / len(images))
        return vectors


class EncoderCache:
    """The open encoders of this process, limited by the setting `max_loaded`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._weights = WeightsLookup(settings.weights, settings.encoders.weights_sha256)
        self._loaded: OrderedDict[str, Encoder] = OrderedDict()
        self._meters: defaultdict[str, ThroughputMeter] = defaultdict(ThroughputMeter)
        # one lock per encoder: opening takes up to a minute, and must not delay other encoders
        self._opening: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()

    def get(self, identity: EncoderIdentity) -> Encoder:
        """Return the encoder with this identity, opened on first use.

        Raises:
            NotInstalled: the weights are not on this machine.
            Conflict: the weights or the preprocessing on this machine differ from those of the
                identity.
        """
        resolved = self._weights.require(describe(identity.name))
        if resolved.identity != identity:
            raise Conflict(
                f"the vectors were made by {_summary(identity)}, but this worker has "
                f"{_summary(resolved.identity)}, and the vectors of the two must not be mixed; "
                "restore the original weights, or change the collection's encoder"
            )
        with self._lock:
            opening = self._opening[resolved.sha256]
        with opening:
            return self._cached(resolved.sha256) or self._open(resolved)

    def default(self) -> Encoder:
        """Return the default encoder of new collections."""
        resolved = self._weights.require(describe(self._settings.default_encoder))
        return self.get(resolved.identity)

    def loaded(self) -> tuple[str, ...]:
        """Return the SHA-256 of the weights of each encoder in memory."""
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

    def _cached(self, sha256: str) -> Encoder | None:
        with self._lock:
            if sha256 in self._loaded:
                self._loaded.move_to_end(sha256)
            return self._loaded.get(sha256)

    def _open(self, resolved: ResolvedWeights) -> Encoder:
        options = self._settings.encoders
        encoder = open_encoder(
            resolved,
            folder=self._settings.models,
            runtime=options.runtime,
            precision=options.precision,
            batch_size=options.batch_size,
            streams=options.streams,
        )
        with self._lock:
            self._loaded[resolved.sha256] = MeteredEncoder(encoder, self._meters[resolved.sha256])
            if len(self._loaded) > options.max_loaded:
                self._loaded.popitem(last=False)
            LOADED.set(len(self._loaded))
            IMAGES.labels(encoder.identity.name)  # starts at 0, since `rate()` skips a first sample
            return self._loaded[resolved.sha256]


def _summary(identity: EncoderIdentity) -> str:
    return f"{identity.name} ({identity.preprocessing}, weights {identity.weights[:12]})"
