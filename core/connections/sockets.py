"""The unix sockets of the embedded servers, which no other user of the machine can reach."""

import hashlib
import os
import re
import tempfile
from pathlib import Path

FOLDER_BYTES = 80
"""Length of a folder up to which any socket in it has a valid path, of at most 107 bytes."""
_PLAIN = re.compile(r"[\w/.-]+", re.ASCII)
"""Paths that are the same in all URLs and configuration files, without escaping."""


def socket_path(data: Path, name: str) -> Path:
    """Return the absolute path of an embedded server's socket."""
    return socket_folder(data) / f"{name}.sock"


def socket_folder(data: Path) -> Path:
    """Return the folder of the sockets: `run` in the data folder.

    If that path is too long or has special characters, a folder in the system's temporary folder is
    used instead.
    """
    run = data.absolute() / "run"
    if len(os.fsencode(run)) <= FOLDER_BYTES and _PLAIN.fullmatch(str(run)):
        return run
    digest = hashlib.sha256(os.fsencode(run)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"lookalike-{digest}"
