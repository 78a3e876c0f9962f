"""`lookalike items problems|duplicates|dismiss...`: bad images, and items that are there twice."""

from itertools import islice
from typing import Annotated

import typer

from lookalike.cli.options import In, Json, Limit, Server, with_server
from lookalike.cli.output.columns import DISMISSALS, DUPLICATES, IMAGE_PROBLEMS
from lookalike.cli.output.tables import print_line, show, show_row
from lookalike.cli.output.texts import counted
from lookalike.models import ImageHealth

app = typer.Typer()
Dismissed = Annotated[
    list[str], typer.Argument(metavar="SKU", help="The items; only one with --view.")
]
DismissedView = Annotated[
    str | None, typer.Option("--view", help="The view of the item whose image is fine.")
]
Others = Annotated[
    list[str] | None,
    typer.Option("--others", metavar="SKU",
                 help="One item that the SKUs are not duplicates of, though perhaps of each other; "
                      "repeat the option for more."),
]  # fmt: skip
DismissalId = Annotated[str, typer.Argument(help="The ID, from `lookalike items dismissed`.")]
DuplicateKind = Annotated[
    str | None, typer.Option(help="Only same_picture, same_product or variants.")
]
Problem = Annotated[
    str | None,
    typer.Option(help="Only blurred, tiny, dark, placeholder, framed, text_only or repeated."),
]


@app.command()
@with_server
def problems(
    server: Server, collection: In, problem: Problem = None, limit: Limit = 20,
    as_json: Json = False,
) -> None:  # fmt: skip
    """List the images that something is wrong with, and count them by problem.

    Example: lookalike items problems --problem blurred -c shop
    """
    rows = server.images_with_problems(collection, problem)
    if not as_json:
        typer.echo(_health_text(server.image_health(collection)))
    show(islice(rows, limit), IMAGE_PROBLEMS, as_json=as_json)


@app.command()
@with_server
def duplicates(
    server: Server, collection: In, kind: DuplicateKind = None, limit: Limit = 20,
    as_json: Json = False,
) -> None:  # fmt: skip
    """List items that show the same picture, product, or other colours of it.

    Example: lookalike items duplicates --kind same_picture -c shop
    """
    show(islice(server.duplicates(collection, kind), limit), DUPLICATES, as_json=as_json)


@app.command()
@with_server
def dismiss(
    server: Server, skus: Dismissed, collection: In, others: Others = None,
    view: DismissedView = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Say that items are not duplicates, or with --view that an image is fine.

    They are then no longer listed as duplicates, or as an image with problems.

    Example: lookalike items dismiss A-12 B-7 -c shop
    """
    count = len(skus) + len(others or ())
    if view is None and count < 2:
        raise typer.BadParameter("name at least two items that are not duplicates, or use --view")
    if view is not None and count > 1:
        raise typer.BadParameter("name only one item with --view")
    if view is None:
        dismissal = server.dismiss_duplicates(collection, skus, others or ())
    else:
        dismissal = server.dismiss_image(collection, skus[0], view)
    show_row(dismissal, DISMISSALS, as_json=as_json)


@app.command()
@with_server
def dismissed(server: Server, collection: In, limit: Limit = 20, as_json: Json = False) -> None:
    """List the duplicates and images that were dismissed, the newest first.

    Example: lookalike items dismissed -c shop
    """
    show(islice(server.dismissals(collection), limit), DISMISSALS, as_json=as_json)


@app.command()
@with_server
def undismiss(server: Server, id: DismissalId, collection: In, as_json: Json = False) -> None:
    """Take a dismissal back: duplicates or the image are listed again.

    Example: lookalike items undismiss b1946ac92492d234 -c shop
    """
    server.delete_dismissal(collection, id)
    print_line(f"took back {id}", {"deleted": id}, as_json=as_json)


def _health_text(health: ImageHealth) -> str:
    counts = ", ".join(f"{name} {count:,}" for name, count in health.problems.items())
    hint = f"; {health.not_assessed:,} not assessed: rebuild the collection" * bool(
        health.not_assessed
    )
    return f"{counted(health.images, 'image')}: {counts or 'no problems found'}{hint}"
