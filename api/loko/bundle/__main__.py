"""`python -m api.loko.bundle FOLDER`: write an extension for Loko AI into a folder.

The folder's name is what Loko calls the image, the container and the part of the URL.
"""

import json
import re
import shutil
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from api.loko.bundle.components import blocks_of
from api.loko.bundle.example_flow import project_of

_FILES = Path(__file__).parent / "files"
_NAME = re.compile(r"[a-z0-9-]+")


class Shape(StrEnum):
    """What runs in the container."""

    THIN = "thin"
    """The blocks alone; the server runs elsewhere."""
    ALL_IN_ONE = "all-in-one"
    """The server too."""


def write(folder: Path, *, url: str, gateway: str, shape: Shape) -> None:
    """Write all but the wheel. `url`: of the server; `gateway`: Loko's, as a browser sees it."""
    blocks = blocks_of(f"{gateway.rstrip('/')}/routes/{folder.name}")
    (folder / "extensions").mkdir(parents=True, exist_ok=True)
    _put(folder / "extensions/components.json", [block.to_dict() for block in blocks])
    now = datetime.now(UTC).strftime("%d/%m/%Y, %H:%M:%S")
    _put(folder / "loko.project", project_of(folder.name, blocks, now))
    _put(folder / "config.json", {"main": _main(folder.name, shape, url)})
    for file in (*_FILES.glob("*.*"), _FILES / shape / "Dockerfile", _FILES / ".dockerignore"):
        shutil.copyfile(file, folder / file.name)


def _main(name: str, shape: Shape, url: str) -> dict[str, Any]:
    if shape is Shape.THIN:
        return {"environment": {"LOOKALIKE_LOKO__URL": url}}
    return {"volumes": [f"/var/opt/loko/{name}:/data"]}


def _put(file: Path, content: Any) -> None:
    file.write_text(json.dumps(content, indent=1), encoding="utf-8")


def main(
    folder: Annotated[Path, typer.Argument(help="Where; its name is the extension's.")],
    url: Annotated[str, typer.Option(help="The server, as the container reaches it.")],
    gateway: Annotated[str, typer.Option(help="Loko's gateway, as a browser reaches it.")],
    shape: Annotated[Shape, typer.Option(help="What runs in the container.")] = Shape.THIN,
) -> None:
    """Write an extension for Loko AI."""
    if not _NAME.fullmatch(folder.name):
        raise typer.BadParameter(f"{folder.name!r}: Loko wants a name of a-z, 0-9 and -")
    write(folder, url=url, gateway=gateway, shape=shape)


if __name__ == "__main__":
    typer.run(main)
