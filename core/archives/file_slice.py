"""Sections of files that can be read like separate files."""

import io
from typing import BinaryIO

from typing_extensions import override


class SeekableReader(io.RawIOBase):
    """Base class for a seekable stream of `size` bytes; the next read starts at `_position`."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size, self._position = size, 0

    @override
    def readable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
        return True

    @override
    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise OSError("cannot seek to a position before the start")
        self._position = base + offset
        return self._position


class FileSlice(SeekableReader):
    """The `size` bytes of a file that start at `offset`; error messages contain `name`."""

    def __init__(self, file: BinaryIO, offset: int, size: int, name: str = "") -> None:
        super().__init__(size)
        self.offset, self.name, self._file = offset, name, file

    @override
    def read(self, size: int = -1) -> bytes:
        rest = max(0, self.size - self._position)
        if rest == 0:  # the position may exceed what the operating system accepts
            return b""
        self._file.seek(self.offset + self._position)
        data = self._file.read(rest if size < 0 else min(size, rest))
        self._position += len(data)
        return data
