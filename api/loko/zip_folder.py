"""Packs a folder of Loko's files as a zip, because a flow sends only one file per call."""

import tempfile
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import BinaryIO

from api.loko.gateway import Gateway
from core.errors import InvalidInput, TooLarge
from core.settings import MEBIBYTE, Limits


@asynccontextmanager
async def zip_folder(gateway: Gateway, folder: str, limits: Limits) -> AsyncIterator[BinaryIO]:
    """Yield a temporary zip of all files below a folder, except hidden ones.

    Raises:
        InvalidInput: the path is not a folder, or the folder is empty.
        TooLarge: the files exceed the limits of an upload.
    """
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w") as archive:
            remaining = limits.max_upload_mb * MEBIBYTE
            async for name in _file_names(gateway, folder, limits.max_images):
                remaining -= await _add_file(archive, gateway, folder, name)
                if remaining < 0:
                    raise TooLarge(
                        f"{folder} exceeds {limits.max_upload_mb} MiB; send the folder in parts"
                    )
            if not archive.namelist():
                raise InvalidInput(f"{folder} contains no files; choose another folder")
        file.seek(0)
        yield file


async def _file_names(gateway: Gateway, folder: str, max_files: int) -> AsyncIterator[str]:
    """Yield the paths of all files below a folder, relative to it."""
    pending, count = [""], 0
    while pending:
        subfolder = pending.pop()
        for entry in await gateway.list_folder(f"{folder}/{subfolder}"):
            name = f"{subfolder}{entry['name']}"
            count += 1
            if count > max_files:
                raise TooLarge(
                    f"{folder} contains more than {max_files:,} files; send the folder in parts"
                )
            if entry["name"].startswith("."):
                continue
            if entry.get("isDir"):
                pending.append(f"{name}/")
            else:
                yield name


async def _add_file(archive: zipfile.ZipFile, gateway: Gateway, folder: str, name: str) -> int:
    """Add a file to the archive and return its size in bytes."""
    size = 0
    async with gateway.open(f"{folder}/{name}") as response:
        with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as file:
            async for data in response.aiter_bytes():
                size += file.write(data)
    return size
