"""`lookalike recommend|users|lists|erase`: what each customer is offered."""

from enum import StrEnum
from itertools import islice
from typing import Annotated

import typer

from lookalike.cli.options import (
    URL,
    Html,
    In,
    Json,
    Key,
    Limit,
    Most,
    Open,
    Output,
    Url,
    Wait,
    Yes,
    connect,
    sure,
)
from lookalike.cli.output.html_sheet import recommended
from lookalike.cli.output.job_progress import end, follow
from lookalike.cli.output.save_file import save
from lookalike.cli.output.tables import RECOMMENDATIONS, USERS, counted, print_json, show

User = Annotated[str, typer.Argument(help="A customer, as in the sales.")]


class Format(StrEnum):
    """How everybody's lists are written."""

    CSV = "csv"
    JSONL = "jsonl"


def recommend(
    user: User,
    collection: In,
    limit: Limit = 10,
    country: Annotated[str, typer.Option(help="Of a customer who is not known.")] = "",
    zip: Annotated[str, typer.Option(help="Of a customer who is not known.")] = "",
    html: Html = None,
    open: Open = False,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Show what is offered to a customer, and why; --html and --open show it as pictures.

    Example: lookalike recommend CUSTOMER -c shop --open
    """
    with connect(url, key) as server:
        found = server.recommender(collection).recommend(user, limit, country=country, zip=zip)
        if html or open:
            recommended(server, collection, found, html, open=open)
    if as_json:
        print_json(found)
        return
    title = None if found.personal else f"{user} has no purchases; this is popular"
    show(found.recommendations, RECOMMENDATIONS, as_json=False, title=title)


def users(
    collection: In,
    prefix: Annotated[str, typer.Option(help="Only names that begin so.")] = "",
    limit: Most = 20,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """List customers, with what they bought last.

    Example: lookalike users -c shop --prefix 3f
    """
    with connect(url, key) as server:
        found = server.recommender(collection).users(prefix)
        show(islice(found, limit), USERS, as_json=as_json)


def lists(
    collection: In,
    format: Annotated[
        Format, typer.Option(help="A row for each item, or a line of JSON for each customer.")
    ] = Format.CSV,
    output: Output = None,
    url: Url = URL,
    key: Key = None,
) -> None:
    """Print everybody's list.

    Example: lookalike lists -c shop --format jsonl -o lists.jsonl
    """
    with connect(url, key) as server:
        save(server.recommender(collection).lists(format.value), output)


def erase(
    user: User,
    collection: In,
    yes: Yes = False,
    wait: Wait = True,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Erase a customer: sales, list, and what is learned from them; a training follows.

    Example: lookalike erase CUSTOMER -c shop
    """
    sure(f"Erase customer {user} from {collection}, for good?", yes=yes)
    with connect(url, key) as server:
        job = follow(server.recommender(collection).erase(user), "erasing", "uploads", wait=wait)
    rows = (job.result or {}).get("rows", 0)
    end(job, lambda _: f"{counted(rows, 'order line')} of {user} erased", as_json=as_json)
