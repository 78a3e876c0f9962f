"""`lookalike recommend|users|lists|erase`: customers and their recommendations."""

from itertools import islice
from typing import Annotated, Literal

import typer

from lookalike.cli.options import (
    Html,
    In,
    Json,
    Limit,
    Open,
    Output,
    Server,
    Wait,
    Yes,
    confirm,
    with_server,
)
from lookalike.cli.output.files import save
from lookalike.cli.output.html_sheet import write_recommendations
from lookalike.cli.output.job_progress import exit_with_summary, follow
from lookalike.cli.output.tables import RECOMMENDATIONS, USERS, counted, print_json, show
from lookalike.models import Job

User = Annotated[
    str, typer.Argument(help="The customer's md5email in the sales, or an e-mail address.")
]
Country = Annotated[str, typer.Option(help="The country of an unknown customer.")]
Zip = Annotated[str, typer.Option(help="The postal code of an unknown customer.")]
Prefix = Annotated[str, typer.Option(help="Only customers whose names start with this prefix.")]
ListFormat = Annotated[
    Literal["csv", "jsonl"],
    typer.Option(help="csv: a row per item; jsonl: a line of JSON per customer."),
]


@with_server
def recommend(
    server: Server, user: User, collection: In, limit: Limit = 10, country: Country = "",
    zip: Zip = "", html: Html = None, open: Open = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Show the recommendations for a customer, with reasons.

    An unknown customer gets items popular in the region. --html and --open show images.

    Example: lookalike recommend CUSTOMER -c shop --open
    """
    result = server.recommender(collection).recommend(user, limit, country=country, zip=zip)
    if html or open:
        write_recommendations(server, collection, result, html, open=open)
    if as_json:
        print_json(result)
        return
    title = None if result.personal else f"{user} has no purchases; these items are popular"
    show(result.recommendations, RECOMMENDATIONS, as_json=False, title=title)


@with_server
def users(
    server: Server, collection: In, prefix: Prefix = "", limit: Limit = 20, as_json: Json = False
) -> None:
    """List customers with their latest purchases.

    Example: lookalike users -c shop --prefix 3f
    """
    customers = server.recommender(collection).users(prefix)
    show(islice(customers, limit), USERS, as_json=as_json)


@with_server
def lists(
    server: Server, collection: In, format: ListFormat = "csv", output: Output = None
) -> None:
    """Export the recommendation lists of all customers.

    Example: lookalike lists -c shop --format jsonl -o lists.jsonl
    """
    save(server.recommender(collection).lists(format), output)


@with_server
def erase(
    server: Server, user: User, collection: In, yes: Yes = False, wait: Wait = True,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Erase a customer's sales and recommendations.

    A new training run then removes what was learned from these sales.

    Example: lookalike erase CUSTOMER -c shop
    """
    confirm(f"Permanently erase customer {user} from {collection}?", yes=yes)

    def summarize(job: Job) -> str:
        rows = (job.result or {}).get("rows", 0)
        return f"{counted(rows, 'order line')} of {user} erased"

    job = follow(server.recommender(collection).erase(user), "erasing", "uploads", wait=wait)
    if warning := (job.result or {}).get("warning"):
        typer.echo(f"warning: {warning}", err=True)
    exit_with_summary(job, summarize, as_json=as_json)
