"""The second half of `lookalike demo`: sales in, and what one customer is offered for them."""

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lookalike.cli.errors import code_of, fail
from lookalike.cli.output.tables import RECOMMENDATIONS, Column, print_table
from lookalike.models import Customer, Job, Recommendations
from lookalike.progress import JobBars

if TYPE_CHECKING:
    from lookalike._recommendations import Recommender
    from lookalike.client import Lookalike

SHOWN = 8
_LOOKED_AT = 100  # customers, to find one whose list has many kinds of reasons
_FEWEST_ORDERS, _MOST_PURCHASES = 3, 10
Names = Mapping[str, str]


def sell(server: "Lookalike", collection: str, sales: Path) -> None:
    """Send the sales, and wait until they are learned from."""
    with JobBars("selling", "order lines") as bars:
        job = server.wait(server.recommender(collection).add_sales(sales), bars.worked)
    result = _succeeded(job).result or {}
    if not result["training"]:
        typer.echo(f"{job.state.value}: these {result['accepted']:,} order lines are known already")
        return
    typer.echo(f"{job.state.value}: {result['accepted']:,} order lines taken in; training ...")
    with JobBars("training", "customers") as bars:
        job = server.wait(server.job(result["training"]), bars.worked)
    users = (_succeeded(job).result or {})["users"]
    typer.echo(f"{job.state.value}: lists for {users:,} customers")


def offer(recommender: "Recommender", names: Names) -> str:
    """Show what one customer bought and is offered, and why; returns the customer's name."""
    customer, served = max(
        ((one, recommender.recommend(one.user, SHOWN)) for one in _returning(recommender)),
        key=lambda pair: _telling(pair[1]),
    )
    bought: list[Column] = [
        ("day", lambda purchase: purchase["at"][:10]),
        ("sku", lambda purchase: purchase["sku"]),
        ("name", lambda purchase: names.get(purchase["sku"], "")),
    ]
    print_table(customer.purchases, bought, f"\nWhat did {customer.user} buy?")
    name: Column = ("name", lambda one: names.get(one.sku, ""))
    offered = [*RECOMMENDATIONS[:2], name, *RECOMMENDATIONS[2:]]
    print_table(served.recommendations, offered, "\nWhat is offered for that, and why?")
    return customer.user


def _returning(recommender: "Recommender") -> list[Customer]:
    """Some customers who came back, and whose purchases can be read at a glance."""
    found = (
        one
        for one in recommender.users()
        if one.orders >= _FEWEST_ORDERS and len(one.purchases) <= _MOST_PURCHASES
    )
    return list(islice(found, _LOOKED_AT))


def _telling(served: Recommendations) -> tuple[int, int]:
    """How many kinds of reasons there are, and how many reasons."""
    reasons = [reason["kind"] for one in served.recommendations for reason in one.reasons]
    return len(set(reasons)), len(reasons)


def _succeeded(job: Job) -> Job:
    if code := code_of(job):
        why = job.problem["detail"] if job.problem else "see `lookalike jobs`"
        fail(f"job {job.id} {job.state.value}: {why}", code)
    return job
