"""`lookalike users|orders|erase`: the customers in the sales."""

from itertools import islice
from typing import Annotated

import typer

from lookalike.cli.options import In, Json, Limit, Server, User, Wait, Yes, confirm, with_server
from lookalike.cli.output.columns import ORDERS, USERS
from lookalike.cli.output.job_progress import exit_with_summary, follow
from lookalike.cli.output.tables import show
from lookalike.cli.output.texts import counted
from lookalike.models import Job

Prefix = Annotated[str, typer.Option(help="Only customers whose names start with this prefix.")]


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
def orders(
    server: Server, user: User, collection: In, limit: Limit = 20, as_json: Json = False
) -> None:
    """List a customer's orders, newest first, as of the last training run.

    Example: lookalike orders CUSTOMER -c shop
    """
    history = server.recommender(collection).orders(user)
    show(islice(history, limit), ORDERS, as_json=as_json)


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
