"""`lookalike train|report|rollback`: the recommender of a collection."""

from typing import Annotated

import typer

from lookalike.cli.options import Html, In, Json, Open, Server, Wait, with_server
from lookalike.cli.output.files import write_page
from lookalike.cli.output.job_progress import exit_with_summary, follow
from lookalike.cli.output.report_tables import rollback_text, show_report
from lookalike.cli.output.tables import print_json, print_line
from lookalike.cli.output.texts import counted
from lookalike.models import Job

End = Annotated[bool, typer.Option("--end", help="End a rollback: serve the newest generation.")]


@with_server
def train(server: Server, collection: In, wait: Wait = True, as_json: Json = False) -> None:
    """Train the recommender of a collection.

    New sales and items start a training run automatically, after a while; this command starts a run
    now and ends any rollback.

    Example: lookalike train -c shop
    """
    job = follow(server.recommender(collection).train(), "training", "customers", wait=wait)
    exit_with_summary(job, training_summary, as_json=as_json)


def training_summary(job: Job) -> str:
    """Return the outcome of a training run."""
    result = job.result or {}
    if result.get("generation") is None:
        return f"nothing was published for {job.collection}"
    lists = f"{counted(result['users'], 'list')} for {job.collection}"
    if not result["served"]:
        return f"{lists} kept, but not served: a rollback holds; see `lookalike rollback --end`"
    return f"{lists}; see `lookalike report`"


@with_server
def report(
    server: Server, collection: In, html: Html = None, open: Open = False, as_json: Json = False
) -> None:
    """Show the training report of the lists being served.

    The report compares the trained blend with popularity and all other algorithms on held-out
    sales. --html writes a page with plots.

    Example: lookalike report -c shop --html report.html
    """
    recommender = server.recommender(collection)
    if html or open:
        write_page(recommender.report_page(), html, open=open)
    training = recommender.state()
    if as_json:
        print_json(training)
    else:
        show_report(training)


@with_server
def rollback(server: Server, collection: In, end: End = False, as_json: Json = False) -> None:
    """Serve the previous generation of lists.

    Of newer generations, only the newest is then kept. It is served if you use --end; `train` also
    ends the rollback.

    Example: lookalike rollback -c shop
    """
    recommender = server.recommender(collection)
    training = recommender.end_rollback() if end else recommender.roll_back()
    line = f"{collection}: now serving generation {training.generation}{rollback_text(training)}"
    print_line(line, training, as_json=as_json)
