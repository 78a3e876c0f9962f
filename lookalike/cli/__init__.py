"""The `lookalike` command: one module for each group; what they need is imported when used."""

import typer

from lookalike.cli.commands import (
    about,
    collections,
    doctor,
    encoders,
    import_,
    items,
    jobs,
    rebuild,
    recommend,
    sales,
    search,
    train,
    verify,
)
from lookalike.cli.errors import Careful
from lookalike.cli.options import Version
from lookalike.cli.server import _exec_audit, _exec_evaluate, _exec_keys, _exec_weights, demo, up

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
app.command("import")(import_.import_)
app.command()(search.search)
app.command()(search.similar)
app.command()(encoders.encoders)
app.command()(rebuild.rebuild)
app.command()(verify.verify)
app.command(**_exec_weights.COMMAND)(_exec_weights.weights)
app.command(**_exec_keys.COMMAND)(_exec_keys.keys)
app.command(**_exec_audit.COMMAND)(_exec_audit.audit)
app.command()(recommend.recommend)
app.command()(recommend.users)
app.command()(recommend.lists)
app.command()(recommend.erase)
app.command()(train.train)
app.command()(train.report)
app.command()(train.rollback)
app.command(**_exec_evaluate.COMMAND)(_exec_evaluate.evaluate)
app.add_typer(sales.app, name="sales")
app.add_typer(collections.app, name="collections")
app.add_typer(items.app, name="items")
app.add_typer(jobs.app, name="jobs")
