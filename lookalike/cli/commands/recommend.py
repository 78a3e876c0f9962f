"""`lookalike recommend|users|lists|erase`: customers and their recommendations."""

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
    Open,
    Output,
    Url,
    Wait,
    Yes,
    confirm,
    connect,
)
from lookalike.cli.output.html_sheet import write_recommendations
from lookalike.cli.output.job_progress import exit_with_summary, follow
from lookalike.cli.output.save_file import save
from lookalike.cli.output.tables import RECOMMENDATIONS, USERS, counted, print_json, show
from lookalike.models import Job

User = Annotated[str, typer.Argument(help="A customer as in the sales, or an e-mail address.")]


class Format(StrEnum):
    """The file formats of the lists of all customers."""

    CSV = "csv"
    JSONL = "jsonl"


def recommend(
    user: User,
    collection: In,
    limit: Limit = 10,
    country: Annotated[str, typer.Option(help="The country of an unknown customer.")] = "",
    zip: Annotated[str, typer.Option(help="The postal code of an unknown customer.")] = "",
    html: Html = None,
    open: Open = False,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Show the recommendations for a customer, with reasons.

    An unknown customer gets what is popular in the region. --html and --open show images.

    Example: lookalike recommend CUSTOMER -c shop --open
    """
    with connect(url, key) as server:
        result = server.recommender(collection).recommend(user, limit, country=country, zip=zip)
        if html or open:
            write_recommendations(server, collection, result, html, open=open)
    if as_json:
        print_json(result)
        return
    title = None if result.personal else f"{user} has no purchases; these items are popular"
    show(result.recommendations, RECOMMENDATIONS, as_json=False, title=title)


def users(
    collection: In,
    prefix: Annotated[str, typer.Option(help="Only names that start with this.")] = "",
    limit: Limit = 20,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """List customers with their latest purchases.

    Example: lookalike users -c shop --prefix 3f
    """
    with connect(url, key) as server:
        customers = server.recommender(collection).users(prefix)
        show(islice(customers, limit), USERS, as_json=as_json)


def lists(
    collection: In,
    format: Annotated[
        Format, typer.Option(help="csv: a row per item; jsonl: a line of JSON per customer.")
    ] = Format.CSV,
    output: Output = None,
    url: Url = URL,
    key: Key = None,
) -> None:
    """Export the recommendation lists of all customers.

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
    """Erase a customer's sales and recommendations.

    A training follows, so that nothing learned from these sales remains either.

    Example: lookalike erase CUSTOMER -c shop
    """
    confirm(f"Permanently erase customer {user} from {collection}?", yes=yes)

    def summarize(job: Job) -> str:
        rows = (job.result or {}).get("rows", 0)
        return f"{counted(rows, 'order line')} of {user} erased"

    with connect(url, key) as server:
        job = follow(server.recommender(collection).erase(user), "erasing", "uploads", wait=wait)
    exit_with_summary(job, summarize, as_json=as_json)
