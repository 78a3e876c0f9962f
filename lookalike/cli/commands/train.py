"""`lookalike train|report|rollback`: the recommender of a collection."""

import typer

from lookalike.cli.options import URL, Html, In, Json, Key, Open, Url, Wait, connect
from lookalike.cli.output.job_progress import exit_with_summary, follow
from lookalike.cli.output.open_page import write_page
from lookalike.cli.output.report_tables import show_report
from lookalike.cli.output.tables import counted, print_json
from lookalike.models import Job


def train(
    collection: In, wait: Wait = True, url: Url = URL, key: Key = None, as_json: Json = False
) -> None:
    """Train the recommender of a collection.

    New sales and items start a training by themselves; this starts one now.

    Example: lookalike train -c shop
    """
    with connect(url, key) as server:
        job = server.recommender(collection).train()
        job = follow(job, "training", "customers", wait=wait)
    exit_with_summary(job, training_summary, as_json=as_json)


def training_summary(job: Job) -> str:
    """Return the outcome of a training."""
    result = job.result or {}
    if result.get("generation") is None:
        return f"nothing was published for {job.collection}"
    return f"{counted(result['users'], 'list')} for {job.collection}; see `lookalike report`"


def report(
    collection: In,
    html: Html = None,
    open: Open = False,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Show the training report of the lists being served.

    It compares the trained blend with popularity and all other algorithms on held-out sales.
    --html writes it as a page with plots.

    Example: lookalike report -c shop --html report.html
    """
    with connect(url, key) as server:
        recommender = server.recommender(collection)
        if html or open:
            write_page(recommender.report_page(), html, open=open)
        training = recommender.state()
    if as_json:
        print_json(training)
    else:
        show_report(training)


def rollback(
    collection: In,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Serve the previous generation of lists.

    Run it again to return to the newer one.

    Example: lookalike rollback -c shop
    """
    with connect(url, key) as server:
        training = server.recommender(collection).roll_back()
    if as_json:
        print_json(training)
    else:
        typer.echo(
            f"{collection}: now serving generation {training.generation}; "
            f"previous generation {training.previous} is kept"
        )
