"""`lookalike rules`: show, set and delete the merchandising rules of a collection."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from lookalike.cli.options import In, InGroup, Json, Server, Yes, confirm, with_server
from lookalike.cli.output.columns import RULES
from lookalike.cli.output.tables import print_line, show
from lookalike.cli.output.texts import counted
from lookalike.errors import LocalProblem
from lookalike.models import Rules

app = typer.Typer()
Version = Annotated[
    int | None, typer.Option("--version", help="An earlier version of the rules.", min=1)
]
File = Annotated[
    Path,
    typer.Argument(help="A JSON file with a list of rules, or the output of `rules --json`.",
                   exists=True, dir_okay=False),
]  # fmt: skip


@app.callback(invoke_without_command=True)
@app.command("show", help="Show the rules.\n\nExample: lookalike rules show -c shop")
@with_server
def show_rules(
    server: Server, collection: InGroup = None, version: Version = None, as_json: Json = False
) -> None:
    """Show the rules for lists, searches and baskets, or change them.

    Example: lookalike rules -c shop
    """
    if collection is None:
        raise typer.BadParameter("specify the collection: -c NAME")
    rules = server.rules(collection, version)
    show(list(rules.rules), RULES, as_json=as_json)
    if not as_json:
        typer.echo(_summary(rules))


@app.command("set")
@with_server
def set_rules(server: Server, file: File, collection: In, as_json: Json = False) -> None:
    """Replace all rules by those in a file.

    To go back to an earlier version, set the output of `rules show --version N --json`.

    Example: lookalike rules set rules.json -c shop
    """
    rules = server.set_rules(collection, _read(file))
    for warning in rules.warnings:
        typer.echo(f"warning: {warning}", err=True)
    print_line(_summary(rules), rules, as_json=as_json)


@app.command("delete")
@with_server
def delete_rules(server: Server, collection: In, yes: Yes = False, as_json: Json = False) -> None:
    """Delete all rules; earlier versions can still be shown.

    Example: lookalike rules delete -c shop
    """
    confirm(f"Delete all rules of {collection}?", yes=yes)
    server.delete_rules(collection)
    print_line(f"deleted the rules of {collection}", {"deleted": collection}, as_json=as_json)


def _summary(rules: Rules) -> str:
    return f"version {rules.version}, {counted(len(rules.rules), 'rule')}"


def _read(file: Path) -> list[dict[str, Any]]:
    try:
        rules = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as exc:
        raise LocalProblem(f"{file} is not valid JSON: {exc}") from exc
    if isinstance(rules, dict):
        rules = rules.get("rules")
    if not isinstance(rules, list):
        raise LocalProblem(f"{file} contains no list of rules")
    return rules
