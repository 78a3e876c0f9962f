"""Options and arguments that several commands share."""

import functools
import importlib.metadata
import inspect
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, Literal

import typer

from lookalike.defaults import default_url
from lookalike.variety import Variety

if TYPE_CHECKING:
    from lookalike.client import Lookalike

    Server = Lookalike
else:
    Server = Any  # the client is slow to import
URL = default_url()
Url = Annotated[str, typer.Option(envvar="LOOKALIKE_URL", help="The URL of the server.")]
Key = Annotated[
    str | None, typer.Option(envvar="LOOKALIKE_KEY", help="The API key.", show_envvar=True)
]


def with_server(command: Callable[Concatenate[Server, ...], None]) -> Callable[..., None]:
    """Add the options --url and --key before --json; pass a client of the server at the URL.

    A group's default command does not run if a subcommand was named.
    """

    @functools.wraps(command, assigned=("__name__", "__doc__"))
    def connected(
        context: typer.Context, url: Url = URL, key: Key = None, **arguments: Any
    ) -> None:
        from lookalike.client import Lookalike

        if context.invoked_subcommand is None:
            with Lookalike(url, key) as server:
                command(server, **arguments)

    _, *own = inspect.signature(command).parameters.values()
    context, *options, _ = inspect.signature(connected, follow_wrapped=False).parameters.values()
    parameters = sorted([context, *own, *options], key=lambda option: option.name == "as_json")
    connected.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return connected


def confirm(question: str, *, yes: bool) -> None:
    """Ask for confirmation before data is lost, and abort the command if the answer is no."""
    if not yes:
        typer.confirm(question, abort=True, err=True)


def _complete_collection(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the names of collections that start with the text typed so far.

    Return none if the server does not respond within a second.
    """
    from lookalike.client import Lookalike
    from lookalike.errors import LookalikeError

    url, key = ctx.params.get("url"), ctx.params.get("key")
    try:
        with Lookalike(url or os.environ.get("LOOKALIKE_URL", URL), key, 1, retries=0) as server:
            names = [collection.name for collection in server.collections()]
    except LookalikeError:
        return []
    return [name for name in names if name.startswith(incomplete)]


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"lookalike {importlib.metadata.version('lookalike')}")
        raise typer.Exit


def variety(*, group: bool, at_most: Any, diversity: float) -> Variety:
    """Return the options that are not the server's defaults."""
    options: Variety = {} if group else {"group": False}
    if at_most:
        options["at_most"] = at_most
    if diversity:
        options["diversity"] = diversity
    return options


def parse_filter(text: str) -> dict[str, Any]:
    """Parse a filter on attributes."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as exc:
        raise typer.BadParameter(f"not valid JSON: {exc}") from exc
    if not isinstance(value, dict):
        raise typer.BadParameter('must be a JSON object like {"price": {"lt": 50}}')
    return value


def parse_crop(text: str) -> tuple[float, ...]:
    """Parse left,top,right,bottom as fractions of the image."""
    try:
        left, top, right, bottom = (float(number) for number in text.split(","))
    except ValueError as exc:
        raise typer.BadParameter(
            "must be left,top,right,bottom, for example 0.1,0.2,0.9,0.8"
        ) from exc
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise typer.BadParameter(
            "must be fractions between 0 and 1 with left < right and top < bottom"
        )
    return left, top, right, bottom


def parse_columns(text: str) -> dict[str, str]:
    """Parse COLUMN:NAME pairs: a sales column and its name in the file."""
    pairs = dict(pair.split(":", 1) for pair in text.split(",") if ":" in pair)
    if len(pairs) != text.count(",") + 1:
        raise typer.BadParameter(
            "must be COLUMN:NAME pairs, for example md5email:customer,sku:article"
        )
    return pairs


Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
_COLLECTION = typer.Option(
    "-c", "--collection", help="The collection.", autocompletion=_complete_collection
)
In = Annotated[str, _COLLECTION]
InGroup = Annotated[str | None, _COLLECTION]  # required, unless a subcommand is named
AnyIn = Annotated[
    str | None,
    typer.Option(
        "-c", "--collection", help="Only this collection.", autocompletion=_complete_collection
    ),
]
Name = Annotated[str, typer.Argument(help="The collection.", autocompletion=_complete_collection)]
User = Annotated[
    str, typer.Argument(help="The customer's md5email in the sales, or an e-mail address.")
]
Limit = Annotated[int, typer.Option("-n", "--limit", min=1, help="Maximum number of results.")]
MinScore = Annotated[
    float, typer.Option(min=0, max=1, help="Leave out matches with a lower score.")
]
MinRarity = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Show only matches so alike that at most one in this many random pairs of images is "
        "as alike.",
    ),
]
Filter = Annotated[
    Any,
    typer.Option("--filter", parser=parse_filter, metavar="JSON",
                 help='Filter by attributes, for example \'{"price": {"lt": 50}}\'.'),
]  # fmt: skip
Exclude = Annotated[
    list[str] | None,
    typer.Option(metavar="SKU", help="Leave out this item; repeat the option for more."),
]
OutOfStock = Annotated[
    bool, typer.Option("--out-of-stock", help="Also show items that are out of stock.")
]
AtMost = Annotated[
    Any,
    typer.Option("--at-most", parser=parse_filter, metavar="JSON",
                 help='Show at most so many items with the same value, for example '
                      '\'{"kind": 3}\'.'),
]  # fmt: skip
Diversity = Annotated[
    float, typer.Option(min=0, max=1, help="How much items that look alike are spread.")
]
Colour = Annotated[
    float | None,
    typer.Option(min=0, max=1, help="The weight of colour: 0 compares shapes, 1 colours."),
]
Group = Annotated[
    bool, typer.Option(help="Show one item of each group, if the collection has groups.")
]
Cursor = Annotated[
    str | None, typer.Option(help="The next_cursor of the previous page, see --json.")
]
Crop = Annotated[
    Any,
    typer.Option(parser=parse_crop, metavar="L,T,R,B",
                 help="Search with a part of the image: left, top, right and bottom edge as "
                      "fractions of its size."),
]  # fmt: skip
Columns = Annotated[
    Any,
    typer.Option(parser=parse_columns, metavar="COLUMN:NAME,...",
                 help="Names of columns in the file, for example sku:article,zip:plz."),
]  # fmt: skip
Dates = Annotated[
    Literal["day-first", "month-first"] | None,
    typer.Option(help="The order of day and month in dates such as 01/02/2026."),
]
Encoding = Annotated[
    str | None, typer.Option(help="The text encoding of the file, for example windows-1250.")
]
Wait = Annotated[bool, typer.Option(help="Wait until the job has finished.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")]
Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", help="Write to this file, not to stdout."),
]
Html = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Also write a self-contained HTML page to this file."),
]
Open = Annotated[bool, typer.Option("--open", help="Open the HTML page in the browser.")]
Version = Annotated[
    bool,
    typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version."),
]
