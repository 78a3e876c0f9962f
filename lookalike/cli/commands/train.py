"""`lookalike train|report|rollback`: what is learned from a collection's sales."""

import typer

from lookalike.cli.options import URL, Html, In, Json, Key, Open, Url, Wait, connect
from lookalike.cli.output.job_progress import end, follow
from lookalike.cli.output.open_page import deliver
from lookalike.cli.output.report_tables import show_report
from lookalike.cli.output.tables import counted, print_json
from lookalike.models import Job


def train(
    collection: In, wait: Wait = True, url: Url = URL, key: Key = None, as_json: Json = False
) -> None:
    """Train the recommender of a collection anew.

    Example: lookalike train -c shop
    """
    with connect(url, key) as server:
        job = server.recommender(collection).train()
        job = follow(job, "training", "customers", wait=wait)
    end(job, told_training, as_json=as_json)


def told_training(job: Job) -> str:
    """Say what came of a training."""
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
    """Show what the training of the lists in use found; --html writes it as a page with plots.

    Ours is measured beside popularity and every other algorithm, on sales that were held back.
    Example: lookalike report -c shop --html report.html
    """
    with connect(url, key) as server:
        recommender = server.recommender(collection)
        if html or open:
            deliver(recommender.report_page(), html, open=open)
        found = recommender.state()
    if as_json:
        print_json(found)
    else:
        show_report(found)


def rollback(
    collection: In,
    url: Url = URL,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Bring the lists before these back; once more goes forward again.

    Example: lookalike rollback -c shop
    """
    with connect(url, key) as server:
        now = server.recommender(collection).roll_back()
    if as_json:
        print_json(now)
    else:
        typer.echo(f"{collection}: generation {now.generation} is served, {now.previous} is kept")
