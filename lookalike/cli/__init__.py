"""The `lookalike` command; this package imports slow modules on first use only."""

from typing import Any

import typer

from lookalike.cli.commands import (
    attributes,
    collections,
    customers,
    exports,
    import_,
    items,
    jobs,
    maintenance,
    recommend,
    rules,
    sales,
    search,
    status,
    train,
    uploads,
)
from lookalike.cli.main_group import LAZY_COMMANDS, LazyCommand, MainGroup, placeholder
from lookalike.cli.options import Version
from lookalike.cli.server import demo, up

EPILOG = (
    "Exit codes: 0 success; 1 the server refused the request, the job failed, or a file cannot be "
    "read; 2 wrong usage; 3 the job finished, but some files failed; 4 no server responds."
)
PANELS: dict[str, dict[str, Any]] = {
    "Server": {
        "demo": demo.demo,
        "doctor": status.doctor,
        "about": status.about,
        "jobs": jobs.app,
        "uploads": uploads.app,
    },
    "Images and search": {
        "import": import_.import_,
        "search": search.search,
        "similar": search.similar,
        "substitutes": search.substitutes,
        "new": search.new,
        "encoders": status.encoders,
        "rebuild": maintenance.rebuild,
        "verify": maintenance.verify,
        "collections": collections.app,
        "items": items.app,
        "attributes": attributes.app,
    },
    "Sales and recommendations": {
        "recommend": recommend.recommend,
        "basket": recommend.basket,
        "bought-together": recommend.bought_together,
        "popular": recommend.popular,
        "users": customers.users,
        "orders": customers.orders,
        "lists": exports.lists,
        "mailing": exports.mailing,
        "erase": customers.erase,
        "train": train.train,
        "report": train.report,
        "rollback": train.rollback,
        "rules": rules.app,
        "evaluate": LAZY_COMMANDS["evaluate"],
        "sales": sales.app,
    },
    "Administration, on the server's machine": {
        name: LAZY_COMMANDS[name] for name in ("keys", "audit", "weights")
    },
}

app = typer.Typer(
    name="lookalike",
    epilog=EPILOG,
    cls=MainGroup,
    no_args_is_help=True,
    rich_markup_mode="markdown",  # joins the lines of a paragraph
    add_completion=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def main(version: Version = False) -> None:
    """Image search and recommendations for shops."""


app.command("up", context_settings=up.OWN_OPTIONS, rich_help_panel="Server")(up.up)
for panel, commands in PANELS.items():
    for name, command in commands.items():
        match command:
            case typer.Typer():
                app.add_typer(command, name=name, rich_help_panel=panel)
            case LazyCommand(help=text):
                app.command(name, help=text, rich_help_panel=panel)(placeholder)
            case _:
                app.command(name, rich_help_panel=panel)(command)
