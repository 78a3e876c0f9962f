"""The text towers in a worker's memory."""

import threading
from functools import lru_cache
from typing import TYPE_CHECKING

from core.encoders.factory import open_text_tower
from core.encoders.weights.text_lookup import ResolvedText
from core.errors import NotInstalled
from core.settings.encoders import EncoderSettings

if TYPE_CHECKING:
    from core.encoders.onnx.text_tower import TextTower

_MAX_TOWERS = 2
"""Text towers in memory, as large as their files."""


class TextTowerCache:
    """The text towers that were used last, and why others cannot be opened."""

    def __init__(self, options: EncoderSettings) -> None:
        self._options = options
        self._towers = lru_cache(_MAX_TOWERS)(self._open)
        self._faults: dict[ResolvedText, str] = {}  # in the LRU cache, they would push out towers
        self._locks: dict[ResolvedText, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, files: ResolvedText) -> "TextTower":
        """Return a text tower, which is opened on first use.

        One that cannot be opened is tried again once its files have changed, or after a restart.

        Raises:
            NotInstalled: it cannot be opened.
        """
        with self._lock:
            lock = self._locks.setdefault(files, threading.Lock())
        with lock:  # several threads open a tower once
            if files in self._faults:
                raise NotInstalled(self._faults[files])
            try:
                return self._towers(files)
            except NotInstalled as exc:
                self._faults[files] = exc.detail
                raise

    def _open(self, files: ResolvedText) -> "TextTower":
        options = self._options
        return open_text_tower(files, precision=options.precision, streams=options.streams)
