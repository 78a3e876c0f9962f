"""The `lookalike` command: one module for each group; what they need is imported when used."""

import typer

from lookalike.cli import (
    about,
    auditing,
    collections,
    demo,
    doctor,
    encoders,
    evaluating,
    importing,
    items,
    jobs,
    keys,
    rebuilding,
    recommending,
    sales,
    searching,
    training,
    up,
    verifying,
    weights,
)
from lookalike.cli.failing import Careful
from lookalike.cli.options import Version

EPILOG = (
    "Exit codes: 0 done; 1 the server refused it, the job failed, or a file cannot be read; "
    "2 wrong usage; 3 the job ended, but some files failed; 4 no server answers."
)

app = typer.Typer(
    name="lookalike",
    epilog=EPILOG,
    cls=Careful,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def main(version: Version = False) -> None:
    """Find look-alikes: import pictures, search them, watch jobs."""


app.command(**up.COMMAND)(up.up)
app.command()(demo.demo)
app.command()(doctor.doctor)
app.command()(about.about)
app.command("import")(importing.import_)
app.command()(searching.search)
app.command()(searching.similar)
app.command()(encoders.encoders)
app.command()(rebuilding.rebuild)
app.command()(verifying.verify)
app.command(**weights.COMMAND)(weights.weights)
app.command(**keys.COMMAND)(keys.keys)
app.command(**auditing.COMMAND)(auditing.audit)
app.command()(recommending.recommend)
app.command()(recommending.users)
app.command()(recommending.lists)
app.command()(recommending.erase)
app.command()(training.train)
app.command()(training.report)
app.command()(training.rollback)
app.command(**evaluating.COMMAND)(evaluating.evaluate)
app.add_typer(sales.app, name="sales")
app.add_typer(collections.app, name="collections")
app.add_typer(items.app, name="items")
app.add_typer(jobs.app, name="jobs")
