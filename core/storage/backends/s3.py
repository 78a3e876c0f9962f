"""A bucket of S3 as the place of the store: of AWS, or of whatever speaks its protocol.

Nothing of it is remembered, for other processes write too. What is there once must be put with a
condition (`If-None-Match`), which not every server heeds: `check` finds out.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import chain
from typing import Any, BinaryIO, cast

from fsspec.asyn import sync  # type: ignore[import-untyped]

from core.batching import batched
from core.errors import Unavailable
from core.storage.backends.s3_client import Asking, BucketUrl, code_of, file_system

_AT_ONCE = 32
_LISTED = 1000  # the most that S3 tells or deletes at once
_PROOF = ".conditions"
_TRIES = 5


class Bucket:
    """Objects below a prefix; does what `core.storage.backends.backend.Place` says."""

    def __init__(self, url: str) -> None:
        self._url = BucketUrl.parse(url)
        self._fs = file_system(self._url)
        self._asking = Asking(self._url)
        self._proved = False

    def check(self) -> None:
        """See that the bucket is there, is ours to use, and heeds conditions.

        Raises:
            Unavailable: what is wrong.
        """
        self._page("", MaxKeys=1)
        one, other = secrets.token_bytes(8), secrets.token_bytes(8)
        if not self._proved and self.create(_PROOF, one) and self.create(_PROOF, other):
            raise Unavailable(
                f"{self._url.told} ignores conditional writes (If-None-Match): two processes "
                "could both make the same thing; the store needs a server that heeds them"
            )
        self._proved = True

    def read(self, path: str) -> bytes:  # noqa: D102 - here and below, the words are `Place`'s
        with self._asking:
            return cast("bytes", self._fs.cat_file(self._full(path)))

    def find(self, path: str) -> bytes | None:  # noqa: D102
        return next(self.find_all([path]))

    def find_all(self, paths: Sequence[str]) -> Iterator[bytes | None]:  # noqa: D102
        for some in batched(paths, _AT_ONCE):
            yield from self._together(self._find, some)

    def read_range(self, path: str, start: int, length: int) -> bytes:  # noqa: D102
        if length == 0:  # a range cannot say so
            return b""
        try:
            with self._asking:
                end = start + length
                return cast("bytes", self._fs.cat_file(self._full(path), start=start, end=end))
        except OSError as exc:
            if code_of(exc) in {"InvalidRange", "416"}:  # it begins beyond the end
                return b""
            raise

    @contextmanager
    def reading(self, path: str) -> Iterator[BinaryIO]:  # noqa: D102
        with self._asking, self._fs.open(self._full(path), "rb") as file:
            yield cast("BinaryIO", file)

    def write(self, path: str, data: bytes) -> None:  # noqa: D102
        with self._asking:
            self._fs.pipe_file(self._full(path), data)

    def write_all(self, files: Iterable[tuple[str, bytes]]) -> None:  # noqa: D102
        for some in batched(files, _AT_ONCE):
            self._together(self._put, some)

    @contextmanager
    def writing(self, path: str) -> Iterator[BinaryIO]:
        """Send parts as they fill; only when all have come the bucket makes an object of them."""
        with self._asking:
            file = self._fs.open(self._full(path), "wb", autocommit=False)
            try:
                yield cast("BinaryIO", file)
                file.close()
                file.commit()
            except BaseException:
                _discard(file)
                raise

    def create(self, path: str, data: bytes) -> bool:  # noqa: D102
        for _ in range(_TRIES):
            try:
                self._call("put_object", Key=self._key(path), Body=data, IfNoneMatch="*")
            except OSError as exc:
                if code_of(exc) in {"PreconditionFailed", "412"}:
                    return self.find(path) == data  # sent twice, where the first answer was lost
                if code_of(exc) not in {"ConditionalRequestConflict", "409"}:
                    raise
            else:
                return True
        raise Unavailable(f"{path}: others write it all the time; try again")

    def append(self, path: str, line: bytes) -> None:
        """Write an object below the log, for objects cannot be added to; its name has the time."""
        self.write(f"{path}/{time.time_ns()}-{secrets.token_hex(4)}", line)

    def lines(self, path: str) -> Iterator[bytes]:
        """First those of an object of this name: a log that was copied here from a folder."""
        added = [f"{path}/{name}" for name in self.walk(path, "")]
        found = self.find_all([path, *added])
        copied = next(found)
        if copied is None and not added:
            raise FileNotFoundError(path)
        for data in chain([copied], found):
            yield from (data or b"").splitlines(keepends=True)

    def delete(self, path: str) -> None:  # noqa: D102
        self._call("delete_object", Key=self._key(path))

    def delete_tree(self, path: str) -> None:  # noqa: D102
        self.delete(path)
        while found := _keys(self._page(self._key(path, "/"), MaxKeys=_LISTED)):
            named = {"Objects": [{"Key": key} for key in found], "Quiet": True}
            if wrong := self._call("delete_objects", Delete=named).get("Errors"):
                raise Unavailable(f"the store does not delete {path} ({wrong[0].get('Code')})")

    def exists(self, path: str) -> bool:  # noqa: D102
        try:
            self._call("head_object", Key=self._key(path))
        except FileNotFoundError:
            return False
        return True

    def names(self, path: str) -> Iterable[str]:  # noqa: D102
        folder = self._key(path, "/")
        pages = self._pages(folder, Delimiter="/")
        found = (name for page in pages for name in (*_keys(page), *_folders(page)))
        return {name[len(folder) :].rstrip("/") for name in found}  # a log can be there as both

    def walk(self, path: str, after: str) -> Iterator[str]:  # noqa: D102
        folder = self._key(path, "/")
        beyond = {"StartAfter": folder + after} if after else {}
        for page in self._pages(folder, **beyond):
            yield from (key[len(folder) :] for key in _keys(page))

    def tree(self, path: str) -> Iterable[str]:
        """Where one answer does not hold all, ask for the folders in it at once."""
        folder = self._key(path, "/")
        first = self._page(folder)
        found = [_keys(first)]
        if first.get("IsTruncated"):
            top = list(self._pages(folder, Delimiter="/"))
            below = chain.from_iterable(map(_folders, top))
            found = [*map(_keys, top)]
            for some in batched(below, _AT_ONCE):
                found += self._together(self._all_below, some)
        return (key[len(folder) :] for key in chain.from_iterable(found))

    def changed_at(self, path: str) -> datetime:
        """Of a folder, the newest of its first thousand files."""
        key = self._key(path)
        found = self._page(key).get("Contents", [])
        times = [one["LastModified"] for one in found if f"{one['Key']}/".startswith(f"{key}/")]
        if not times:
            raise FileNotFoundError(path)
        return cast("datetime", max(times))

    def free_bytes(self) -> int | None:  # noqa: D102
        return None

    def _key(self, path: str, end: str = "") -> str:
        return f"{self._url.prefix}{path}{end}" if path else self._url.prefix

    def _full(self, path: str) -> str:
        return f"{self._url.bucket}/{self._key(path)}"

    def _call(self, method: str, **arguments: Any) -> Any:
        with self._asking:
            return self._fs.call_s3(method, Bucket=self._url.bucket, **arguments)

    def _page(self, prefix: str, **more: Any) -> Any:
        return self._call("list_objects_v2", Prefix=prefix, **more)

    def _pages(self, prefix: str, **more: Any) -> Iterator[Any]:
        page = self._page(prefix, **more)
        yield page
        while page.get("IsTruncated"):
            page = self._page(prefix, ContinuationToken=page["NextContinuationToken"], **more)
            yield page

    async def _all_below(self, prefix: str) -> list[str]:
        wanted = {"Bucket": self._url.bucket, "Prefix": prefix}
        page = await self._fs._call_s3("list_objects_v2", **wanted)
        keys = _keys(page)
        while page.get("IsTruncated"):
            wanted["ContinuationToken"] = page["NextContinuationToken"]
            page = await self._fs._call_s3("list_objects_v2", **wanted)
            keys += _keys(page)
        return keys

    async def _put(self, file: tuple[str, bytes]) -> None:
        await self._fs._pipe_file(self._full(file[0]), file[1])

    async def _find(self, path: str) -> bytes | None:
        try:
            return cast("bytes", await self._fs._cat_file(self._full(path)))
        except FileNotFoundError as exc:
            if code_of(exc) == "NoSuchBucket":
                raise
            return None

    def _together(self, call: Callable[[Any], Awaitable[Any]], things: Iterable[Any]) -> list[Any]:
        with self._asking:
            return cast("list[Any]", sync(self._fs.loop, _gathered, call, things))


async def _gathered(call: Callable[[Any], Awaitable[Any]], things: Iterable[Any]) -> list[Any]:
    return await asyncio.gather(*map(call, things))


def _discard(file: Any) -> None:
    file.closed = True  # else it would be sent when it is collected
    with suppress(Exception):  # the bucket forgets parts that belong to nothing
        file.discard()


def _keys(page: Any) -> list[str]:
    return [one["Key"] for one in page.get("Contents", [])]


def _folders(page: Any) -> list[str]:
    return [one["Prefix"] for one in page.get("CommonPrefixes", [])]
