"""`python -m api.loko.bundle FOLDER`: write an extension for Loko AI into a folder.

Loko uses the folder's name for the image, the container and the URL.
"""

import json
import re
import shutil
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from api.loko.bundle.components import build_blocks
from api.loko.bundle.example_flow import build_project

_FILES = Path(__file__).parent / "files"
_NAME = re.compile(r"[a-z0-9-]+")


class Shape(StrEnum):
    """What the container runs."""

    THIN = "thin"
    """Only the blocks; the server runs elsewhere."""
    ALL_IN_ONE = "all-in-one"
    """The blocks and the server."""


def write(folder: Path, *, url: str, gateway: str, shape: Shape) -> None:
    """Write all files of the extension except the wheel.

    `url` is the URL of the server, `gateway` the URL of Loko's gateway as seen from a browser.
    """
    blocks = build_blocks(f"{gateway.rstrip('/')}/routes/{folder.name}")
    (folder / "extensions").mkdir(parents=True, exist_ok=True)
    _write_json(folder / "extensions/components.json", [block.to_dict() for block in blocks])
    now = datetime.now(UTC).strftime("%d/%m/%Y, %H:%M:%S")
    _write_json(folder / "loko.project", build_project(folder.name, blocks, now))
    _write_json(folder / "config.json", {"main": _container_config(folder.name, shape, url)})
    for file in (*_FILES.glob("*.*"), _FILES / shape / "Dockerfile", _FILES / ".dockerignore"):
        shutil.copyfile(file, folder / file.name)


def _container_config(name: str, shape: Shape, url: str) -> dict[str, Any]:
    if shape is Shape.THIN:
        return {"environment": {"LOOKALIKE_LOKO__URL": url}}
    return {"volumes": [f"/var/opt/loko/{name}:/data"]}


def _write_json(file: Path, content: Any) -> None:
    file.write_text(json.dumps(content, indent=1), encoding="utf-8")


def main(
    folder: Annotated[
        Path, typer.Argument(help="Target folder; the extension gets the same name.")
    ],
    url: Annotated[str, typer.Option(help="URL of the server as seen from the container.")],
    gateway: Annotated[str, typer.Option(help="URL of Loko's gateway as seen from a browser.")],
    shape: Annotated[Shape, typer.Option(help="What the container runs.")] = Shape.THIN,
) -> None:
    """Write an extension for Loko AI."""
    if not _NAME.fullmatch(folder.name):
        raise typer.BadParameter(
            f"{folder.name!r}: use only a-z, 0-9 and - in the name, as Loko requires"
        )
    write(folder, url=url, gateway=gateway, shape=shape)


if __name__ == "__main__":
    typer.run(main)
