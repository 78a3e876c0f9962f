"""Options that many commands share."""

import importlib.metadata
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lookalike.defaults import default_url

if TYPE_CHECKING:
    from lookalike.client import Lookalike

URL = default_url()

Url = Annotated[str, typer.Option(envvar="LOOKALIKE_URL", help="The server's address.")]
Key = Annotated[
    str | None, typer.Option(envvar="LOOKALIKE_KEY", help="The API key.", show_envvar=True)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def _collections(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete a collection's name by asking the server, if one answers at once."""
    from lookalike.client import Lookalike
    from lookalike.errors import LookalikeError

    url, key = ctx.params.get("url"), ctx.params.get("key")
    try:
        with Lookalike(url or os.environ.get("LOOKALIKE_URL", URL), key, 1, retries=0) as server:
            return [one.name for one in server.collections() if one.name.startswith(incomplete)]
    except LookalikeError:
        return []


In = Annotated[
    str,
    typer.Option("-c", "--collection", help="The collection.", autocompletion=_collections),
]
AnyIn = Annotated[
    str | None,
    typer.Option("-c", "--collection", help="Only this one.", autocompletion=_collections),
]
Name = Annotated[str, typer.Argument(help="The collection's name.", autocompletion=_collections)]
Most = Annotated[int, typer.Option("-n", "--limit", min=1, help="So many at most.")]
Wait = Annotated[bool, typer.Option(help="Wait until the job has ended.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write it there.")
]
Html = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write it as a page that needs nothing else.")
]
Open = Annotated[bool, typer.Option("--open", help="Open that page in the browser.")]
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


def sure(question: str, *, yes: bool) -> None:
    """Ask before something is lost; the command ends if the answer is no."""
    if not yes:
        typer.confirm(question, abort=True, err=True)


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
