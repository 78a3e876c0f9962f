"""The networks of a worker: found, opened when first wanted, the least recently used let go."""

import threading
import time
from collections import OrderedDict, defaultdict

from core.cache.worker_registry import EncoderReport
from core.domain import EncoderIdentity
from core.encoders.catalogue import ENCODERS, describe
from core.encoders.encoder import Encoder, Pictures, Vectors
from core.encoders.factory import open_encoder
from core.encoders.weights.lookup import Ready, Weights
from core.errors import Conflict
from core.observability.metrics import IMAGES, LOADED
from core.settings import Settings

_NEW = 0.2
"""How much the last call counts in the pace."""


class Pace:
    """How fast a network has been lately, for one caller after the other."""

    def __init__(self) -> None:
        self._image_s: float | None = None

    @property
    def images_per_second(self) -> float | None:
        """Forward passes; None before the first."""
        return None if self._image_s is None else round(1 / self._image_s, 1)

    def count(self, image_s: float) -> None:
        """Note what an image has just taken."""
        before = image_s if self._image_s is None else self._image_s
        self._image_s = before + _NEW * (image_s - before)


class Paced:
    """An encoder whose pace is taken."""

    def __init__(self, encoder: Encoder, pace: Pace) -> None:
        self._encoder = encoder
        self._pace = pace

    @property
    def identity(self) -> EncoderIdentity:
        """What its vectors are marked with."""
        return self._encoder.identity

    @property
    def side(self) -> int:
        """Width and height of its pictures, in pixels."""
        return self._encoder.side

    @property
    def dim(self) -> int:
        """Length of its vectors."""
        return self._encoder.dim

    def encode(self, pictures: Pictures) -> Vectors:
        """uint8 RGB (n, side, side, 3), n >= 1 -> float32 (n, dim), rows of length one."""
        started = time.perf_counter()
        vectors = self._encoder.encode(pictures)
        IMAGES.labels(self.identity.name).inc(len(pictures))
        self._pace.count((time.perf_counter() - started) / len(pictures))
        return vectors


class Encoders:
    """The networks this process has opened, at most as many as the settings say."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._weights = Weights(settings.weights, settings.encoders.pins)
        self._loaded: OrderedDict[str, Encoder] = OrderedDict()
        self._paces: defaultdict[str, Pace] = defaultdict(Pace)
        # Opening can take a minute: whoever wants another network must not wait for it.
        self._opening: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()

    def of(self, identity: EncoderIdentity) -> Encoder:
        """The network that makes such vectors, opened when it is first wanted.

        Raises:
            NotInstalled: its weights are not on this machine.
            Conflict: ours makes other vectors, which must not be mixed with those.
        """
        ready = self._weights.require(describe(identity.name))
        if ready.identity != identity:
            raise Conflict(
                f"the vectors are of {_told(identity)}, but this worker's are of "
                f"{_told(ready.identity)}; the two must not be mixed: bring back the weights "
                "they were made with, or change the collection's encoder"
            )
        with self._lock:
            opening = self._opening[ready.sha256]
        with opening:
            return self._at_hand(ready.sha256) or self._opened(ready)

    def default(self) -> Encoder:
        """The network of collections that name none."""
        ready = self._weights.require(describe(self._settings.default_encoder))
        return self.of(ready.identity)

    def loaded(self) -> tuple[str, ...]:
        """SHA-256 of the weights of the networks in memory."""
        return tuple(self._loaded)

    def reports(self) -> dict[str, EncoderReport]:
        """What there is of every network of the catalogue."""
        return {name: self._report(name) for name in ENCODERS}

    def _report(self, name: str) -> EncoderReport:
        look = self._weights.look(describe(name))
        return EncoderReport(
            weights=look.state,
            sha256=look.sha256,
            detail=look.detail,
            images_per_second=self._paces[look.sha256 or ""].images_per_second,
        )

    def _at_hand(self, sha256: str) -> Encoder | None:
        with self._lock:
            if sha256 in self._loaded:
                self._loaded.move_to_end(sha256)
            return self._loaded.get(sha256)

    def _opened(self, ready: Ready) -> Encoder:
        options = self._settings.encoders
        encoder = open_encoder(
            ready,
            folder=self._settings.models,
            runtime=options.runtime,
            precision=options.precision,
            batch=options.batch,
            streams=options.streams,
        )
        with self._lock:
            self._loaded[ready.sha256] = Paced(encoder, self._paces[ready.sha256])
            if len(self._loaded) > options.loaded:
                self._loaded.popitem(last=False)
            LOADED.set(len(self._loaded))
            IMAGES.labels(encoder.identity.name)  # from nought: a rate loses the first of a series
            return self._loaded[ready.sha256]


def _told(identity: EncoderIdentity) -> str:
    return f"{identity.name} ({identity.preprocessing}, weights {identity.weights[:12]})"
