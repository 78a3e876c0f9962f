"""Objects of a bucket as files: read in ranges, written in parts."""

import io
from collections.abc import Callable

from typing_extensions import Buffer, override

from core.archives.file_slice import SeekableReader


class RangeReader(SeekableReader):
    """Reads an object in ranges."""

    def __init__(self, read_range: Callable[[int, int], bytes], size: int) -> None:
        super().__init__(size)
        self._read_range = read_range

    @override
    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        length = max(0, min(len(buffer), self.size - self._position))
        data = self._read_range(self._position, length)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


class PartWriter(io.RawIOBase):
    """Sends each part once it is full; `flush` does nothing, because S3 rejects smaller parts."""

    def __init__(self, write: Callable[[Buffer], int]) -> None:
        super().__init__()
        self._write, self._position = write, 0

    @override
    def writable(self) -> bool:
        return True

    @override
    def tell(self) -> int:
        return self._position

    @override
    def write(self, data: Buffer) -> int:
        # obstore accepts buffers of bytes only; Arrow passes other formats.
        self._position += (written := self._write(memoryview(data).cast("B")))
        return written
