"""Storage backend on an S3 bucket at AWS, or at any server with the same API.

Nothing is cached, because other processes write to the bucket, too. `create` needs conditional
writes (`If-None-Match`), which some servers ignore; `check` detects such a server.
"""

import io
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from functools import partial
from itertools import chain
from typing import BinaryIO, cast

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from typing_extensions import Buffer, override

from core.batching import batched
from core.errors import NotFound, Unavailable
from core.storage.backends.backend import StorageBackend, no_check, not_found
from core.storage.backends.s3_client import BucketUrl, error_code, open_bucket, translate_error
from core.storage.backends.s3_files import PartWriter, RangeReader

_CONCURRENCY = 32
_PAGE_SIZE = 1000  # keys in one response of S3
_PART_BYTES = 8 * 1024 * 1024
"""Size of one part of a large object, which is buffered in memory; also the read-ahead."""
_PROBE = ".conditions"
_CREATE_ATTEMPTS = 5


class S3Backend(StorageBackend):
    """Objects below a prefix of a bucket."""

    def __init__(self, url: str) -> None:
        self._url = BucketUrl.parse(url)
        self._bucket = open_bucket(self._url)
        self._threads = ThreadPoolExecutor(_CONCURRENCY)
        self._has_conditional_writes = False

    @override
    def check(self) -> None:
        self.write(_PROBE, secrets.token_bytes(8))
        if not self._has_conditional_writes and self.create(_PROBE, secrets.token_bytes(8)):
            raise Unavailable(
                f"{self._url} ignores conditional writes (If-None-Match): two processes could "
                "create the same object; use a server that supports conditional writes"
            )
        self._has_conditional_writes = True

    @override
    def find(self, path: str) -> bytes | None:
        with suppress(NotFound), self._translate_errors(path):
            return obstore.get(self._bucket, path).bytes().to_bytes()
        return None

    @override
    def find_all(self, paths: Sequence[str]) -> Iterator[bytes | None]:
        for batch in batched(paths, _CONCURRENCY):
            yield from self._threads.map(self.find, batch)

    @override
    def read_range(self, path: str, start: int, length: int) -> bytes:
        if length == 0:  # S3 has no empty ranges
            return b""
        with self._translate_errors(path):
            try:
                return obstore.get_range(self._bucket, path, start=start, length=length).to_bytes()
            except BaseError as exc:
                if error_code(exc) in {"InvalidRange", "416"}:  # the range starts after the end
                    return b""
                raise

    @override
    @contextmanager
    def open_read(self, path: str) -> Iterator[BinaryIO]:
        with self._translate_errors(path):
            size = obstore.head(self._bucket, path)["size"]
        reader = RangeReader(partial(self.read_range, path), size)
        with io.BufferedReader(reader, max(1, min(size, _PART_BYTES))) as file:
            yield file

    @override
    def write(self, path: str, data: bytes) -> None:
        with self._translate_errors(path):
            obstore.put(self._bucket, path, data, chunk_size=_PART_BYTES)

    @override
    def write_all(
        self, files: Iterable[tuple[str, bytes]], check: Callable[[], None] = no_check
    ) -> None:
        def write(file: tuple[str, bytes]) -> None:
            check()
            self.write(*file)

        for batch in batched(files, _CONCURRENCY):
            list(self._threads.map(write, batch))

    @override
    @contextmanager
    def open_write(self, path: str) -> Iterator[BinaryIO]:
        with ExitStack() as stack:
            with self._translate_errors(path):
                writer = stack.enter_context(
                    obstore.open_writer(
                        self._bucket, path, buffer_size=_PART_BYTES, max_concurrency=1
                    )
                )
            yield cast("BinaryIO", PartWriter(partial(self._write_part, path, writer.write)))
            with self._translate_errors(path):
                stack.close()

    @override
    def create(self, path: str, data: bytes) -> bool:
        for _ in range(_CREATE_ATTEMPTS):
            with self._translate_errors(path), suppress(AlreadyExistsError):
                obstore.put(self._bucket, path, data, mode="create")
                return True
            existing = self.find(path)  # None while another process is still writing the object
            if existing is not None:
                return existing == data  # equal if this call's first response was lost
        raise Unavailable(f"other processes keep writing {path}; retry later")

    @override
    def append(self, path: str, line: bytes) -> None:
        """Write the line as a separate object, named after the time: objects cannot be extended."""
        self.write(f"{path}/{time.time_ns()}-{secrets.token_hex(4)}", line)

    @override
    def read_lines(self, path: str) -> Iterator[bytes]:
        """Yield the lines; those of an object at the path itself (a copied log) come first."""
        appended = [f"{path}/{name}" for name in self.walk(path)]
        contents = self.find_all([path, *appended])
        copied = next(contents)
        if copied is None and not appended:
            raise not_found(path)
        for data in chain([copied], contents):
            yield from (data or b"").splitlines(keepends=True)

    @override
    def delete(self, path: str) -> None:
        self._delete_all([path])

    @override
    def delete_tree(self, path: str) -> None:
        self._delete_all([path, *chain.from_iterable(self._pages(path))])

    @override
    def exists(self, path: str) -> bool:
        with suppress(NotFound), self._translate_errors(path):
            obstore.head(self._bucket, path)
            return True
        return False

    @override
    def list_names(self, path: str) -> list[str]:
        objects, folders = self._list_folder(path)
        names = {name.rpartition("/")[2] for name in (*objects, *folders)}  # a log can be both
        return sorted(name for name in names if not name.startswith("."))

    @override
    def walk(self, path: str, *, after: str = "") -> Iterator[str]:
        for page in self._pages(path, offset=f"{path}/{after}" if after else None):
            yield from (name for name in _relative_to(path, page) if name > after)

    @override
    def list_tree(self, path: str) -> list[str]:
        """List the paths; if they fill more than one page, list the subfolders concurrently."""
        page = next(self._pages(path), [])
        if len(page) < _PAGE_SIZE:
            return _relative_to(path, page)
        objects, folders = self._list_folder(path)
        trees = self._threads.map(
            lambda folder: [*chain.from_iterable(self._pages(folder))], folders
        )
        return _relative_to(path, chain(objects, *trees))

    @override
    def modified_at(self, path: str) -> datetime:
        """Return the time of the last change; in a folder, only the first thousand files count."""
        with self._translate_errors(path):
            listing = obstore.list(self._bucket, path, chunk_size=_PAGE_SIZE)
            page = next(listing, None) or [obstore.head(self._bucket, path)]
        return max(meta["last_modified"] for meta in page)

    @override
    def remove_leftovers(self, path: str, *, before: datetime | None = None) -> list[str]:
        """Do nothing and return []: the bucket's lifecycle rules delete incomplete uploads."""
        return []

    def _write_part(self, path: str, write: Callable[[Buffer], int], data: Buffer) -> int:
        with self._translate_errors(path):
            return write(data)

    def _pages(self, folder: str, offset: str | None = None) -> Iterator[list[str]]:
        listing = obstore.list(self._bucket, folder, offset=offset, chunk_size=_PAGE_SIZE)
        while True:
            with self._translate_errors(folder):
                page = next(listing, None)
            if page is None:
                return
            yield [meta["path"] for meta in page]

    def _list_folder(self, folder: str) -> tuple[list[str], Sequence[str]]:
        with self._translate_errors(folder):
            listing = obstore.list_with_delimiter(self._bucket, folder)
        return [meta["path"] for meta in listing["objects"]], listing["common_prefixes"]

    def _delete_all(self, paths: list[str]) -> None:
        with self._translate_errors(paths[0]):
            obstore.delete(self._bucket, paths)

    @contextmanager
    def _translate_errors(self, path: str) -> Iterator[None]:
        try:
            yield
        except (BaseError, OSError) as exc:
            raise translate_error(exc, path, self._url) from exc


def _relative_to(folder: str, paths: Iterable[str]) -> list[str]:
    skipped = len(folder) + 1 if folder else 0
    return [path[skipped:] for path in paths]
