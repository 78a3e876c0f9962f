"""Options that many commands share."""

import importlib.metadata
import json
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from lookalike.client import Lookalike

# the port that `lookalike up` would use in the same environment
URL = f"http://127.0.0.1:{os.environ.get('LOOKALIKE_PORTS__API', '8000')}"

Url = Annotated[str, typer.Option(envvar="LOOKALIKE_URL", help="The server's address.")]
Key = Annotated[
    str | None, typer.Option(envvar="LOOKALIKE_KEY", help="The API key.", show_envvar=True)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
In = Annotated[str, typer.Option("-c", "--collection", help="The collection.")]
Limit = Annotated[int, typer.Option("-n", "--limit", min=1, help="Matches at most.")]
MinScore = Annotated[float, typer.Option(min=0, max=1, help="Leave out matches below this.")]


def _tell_version(asked: bool) -> None:
    if asked:
        typer.echo(f"lookalike {importlib.metadata.version('lookalike')}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version.")
]


def connect(url: str, key: str | None) -> "Lookalike":
    """Return a client of the server."""
    from lookalike.client import Lookalike

    return Lookalike(url, key)


def parse_filter(text: str) -> dict[str, Any]:
    """Read a filter."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError as exc:
        raise typer.BadParameter(f"not JSON: {exc}") from exc
    if not isinstance(found, dict):
        raise typer.BadParameter('use an object like {"price": {"lt": 50}}')
    return found


def parse_crop(text: str) -> tuple[float, ...]:
    """Read left,top,right,bottom as fractions of the picture."""
    try:
        left, top, right, bottom = (float(part) for part in text.split(","))
    except ValueError as exc:
        raise typer.BadParameter("use left,top,right,bottom, like 0.1,0.2,0.9,0.8") from exc
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise typer.BadParameter(
            "the four are fractions of the picture, left < right, top < bottom"
        )
    return left, top, right, bottom


FilterOption = Annotated[
    Any,
    typer.Option("--filter", parser=parse_filter, metavar="JSON",
                 help='On attributes: \'{"price": {"lt": 50}}\'.'),
]  # fmt: skip
Crop = Annotated[
    Any,
    typer.Option(parser=parse_crop, metavar="L,T,R,B", help="Look at this part only (fractions)."),
]
