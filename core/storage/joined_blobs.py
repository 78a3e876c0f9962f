"""Several blobs that are read like one file, without copying them."""

import io
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import accumulate
from typing import BinaryIO, cast

from typing_extensions import override

from core.archives.file_slice import SeekableReader
from core.records import Record

OpenBlob = Callable[[str], AbstractContextManager[BinaryIO]]
_BUFFER_BYTES = 1 << 16


class JoinedBlob(Record):
    """A blob, and the number of its bytes."""

    name: str
    size: int


@contextmanager
def open_joined(blobs: Sequence[JoinedBlob], open_blob: OpenBlob) -> Iterator[BinaryIO]:
    """Open blobs, one after the other, as one file with random access."""
    with io.BufferedReader(_JoinedReader(blobs, open_blob), _BUFFER_BYTES) as file:
        yield cast("BinaryIO", file)


class _JoinedReader(SeekableReader):
    """Keeps one blob open at a time, since thousands may be joined."""

    def __init__(self, blobs: Sequence[JoinedBlob], open_blob: OpenBlob) -> None:
        self._starts = [0, *accumulate(blob.size for blob in blobs)]
        super().__init__(self._starts[-1])
        self._blobs, self._open_blob = blobs, open_blob
        self._current: tuple[int, BinaryIO] | None = None
        self._opened = ExitStack()

    @override
    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._position >= self.size:
            return 0
        index = bisect_right(self._starts, self._position) - 1
        start, end = self._starts[index : index + 2]
        blob = self._open(index)
        blob.seek(self._position - start)
        data = blob.read(min(len(buffer), end - self._position))
        if not data:
            raise OSError(f"{self._blobs[index].name} is shorter than it was")
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    @override
    def close(self) -> None:
        self._opened.close()
        super().close()

    def _open(self, index: int) -> BinaryIO:
        if self._current is None or self._current[0] != index:
            self._opened.close()
            file = self._opened.enter_context(self._open_blob(self._blobs[index].name))
            self._current = index, file
        return self._current[1]
