"""A folder of Loko's files as a zip, since a flow can send only one file in a call."""

import tempfile
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import BinaryIO

from api.loko.gateway import Gateway
from core.errors import InvalidInput, TooLarge
from core.settings import MEBIBYTE, Limits


@asynccontextmanager
async def zipped(gateway: Gateway, folder: str, limits: Limits) -> AsyncIterator[BinaryIO]:
    """A temporary zip of all that is in a folder, at any depth; hidden files are left out.

    Raises:
        InvalidInput: it is no folder, or empty.
        TooLarge: it holds more than one upload may.
    """
    with tempfile.TemporaryFile() as kept:
        with zipfile.ZipFile(kept, "w") as archive:
            room = limits.upload_mb * MEBIBYTE
            async for name in _names(gateway, folder, limits.images):
                room -= await _add(archive, gateway, folder, name)
                if room < 0:
                    raise TooLarge(f"{folder}: more than {limits.upload_mb} MiB; send parts of it")
            if not archive.namelist():
                raise InvalidInput(f"{folder} has no files")
        kept.seek(0)
        yield kept


async def _names(gateway: Gateway, folder: str, most: int) -> AsyncIterator[str]:
    """All files below a folder, as paths within it."""
    left, count = [""], 0
    while left:
        within = left.pop()
        for entry in await gateway.listed(f"{folder}/{within}"):
            name = f"{within}{entry['name']}"
            count += 1
            if count > most:
                raise TooLarge(f"{folder}: more than {most:,} files; send parts of it")
            if entry["name"].startswith("."):
                continue
            if entry.get("isDir"):
                left.append(f"{name}/")
            else:
                yield name


async def _add(archive: zipfile.ZipFile, gateway: Gateway, folder: str, name: str) -> int:
    """Put a file into the archive; gives its size in bytes."""
    size = 0
    async with gateway.opened(f"{folder}/{name}") as answer:
        with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as file:
            async for piece in answer.aiter_bytes():
                size += file.write(piece)
    return size
