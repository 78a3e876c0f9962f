"""The second half of `lookalike demo`: import sales and show a customer's recommendations."""

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lookalike.cli.commands.sales import import_summary
from lookalike.cli.commands.train import training_summary
from lookalike.cli.errors import exit_code, fail
from lookalike.cli.options import Server
from lookalike.cli.output.columns import RECOMMENDATIONS
from lookalike.cli.output.job_progress import follow
from lookalike.cli.output.tables import Column, print_table
from lookalike.models import Customer, Job, Recommendations

if TYPE_CHECKING:
    from lookalike._recommendations import Recommender

LIMIT = 8
_MAX_CANDIDATES = 100  # of these customers, the demo shows the one with the most kinds of reasons
_MIN_ORDERS, _MAX_PURCHASES = 3, 10


def add_sales(server: Server, collection: str, sales: Path) -> None:
    """Import the sales and wait for the training run that follows."""
    recommender = server.recommender(collection)
    job = follow(recommender.add_sales(sales), "reading", "order lines")
    result = _require_success(job).result or {}
    typer.echo(f"{job.state.value}: {import_summary(result)}")
    if result["training"]:
        training = server.job(result["training"])
        if training.scheduled_for:
            training = recommender.train()
        training = follow(training, "training", "customers")
        typer.echo(f"{training.state.value}: {training_summary(_require_success(training))}")


def show_customer(recommender: "Recommender", names: Mapping[str, str]) -> str:
    """Print a customer's purchases and recommendations; return the customer's name.

    `names` holds the name of each item by SKU.
    """
    customers = _returning_customers(recommender)
    lists = [(customer, recommender.recommend(customer.user, LIMIT)) for customer in customers]
    customer, served = max(lists, key=lambda pair: _variety(pair[1]))
    purchases: list[Column] = [
        ("day", lambda purchase: purchase.at.date().isoformat()),
        ("sku", lambda purchase: purchase.sku),
        ("name", lambda purchase: names.get(purchase.sku, "")),
    ]
    print_table(customer.purchases, purchases, f"\nPurchases of customer {customer.user}")
    name: Column = ("name", lambda row: names.get(row.sku, ""))
    columns = [*RECOMMENDATIONS[:2], name, *RECOMMENDATIONS[2:]]
    print_table(served.recommendations, columns, "\nRecommended for these purchases, and why")
    return customer.user


def _returning_customers(recommender: "Recommender") -> list[Customer]:
    """Return customers who ordered several times, but bought only a few items."""
    customers = (
        customer
        for customer in recommender.users()
        if customer.orders >= _MIN_ORDERS and len(customer.purchases) <= _MAX_PURCHASES
    )
    return list(islice(customers, _MAX_CANDIDATES))


def _variety(served: Recommendations) -> tuple[int, int]:
    """Return how many kinds of reasons occur, and how many reasons there are in total."""
    kinds = [reason.kind for row in served.recommendations for reason in row.reasons]
    return len(set(kinds)), len(kinds)


def _require_success(job: Job) -> Job:
    if code := exit_code(job):
        detail = job.problem["detail"] if job.problem else "see `lookalike jobs`"
        fail(f"job {job.id} {job.state.value}: {detail}", code)
    return job
