"""What `lookalike keys` runs, beside the store: `python -m lookalike.cli.server.keys`."""

import json
import os
import sys
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from core.entrypoint import code_of
from core.errors import CoreError, InvalidInput
from core.settings import Settings
from core.storage import Audit, Files
from core.storage.api_keys import Key, Keys, Role

app = typer.Typer(
    help="Create, list and revoke API keys. With the first key the server asks for one.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Name = Annotated[str, typer.Argument(help="Who uses it: `till`, `web shop`.")]
Id = Annotated[str, typer.Argument(help="The key's id; `list` names them.")]
RoleOf = Annotated[Role, typer.Option("--role", help="read, write or admin.")]
Only = Annotated[
    list[str] | None,
    typer.Option("--collection", "-c", help="Only for this collection; may be repeated."),
]


@app.command()
def create(name: Name, role: RoleOf = Role.READ, only: Only = None, as_json: Json = False) -> None:
    """Create a key and print it: once, since only its digest is kept. The first is for admin.

    Example: lookalike keys create "web shop" --role read -c shop
    """
    keys = _keys()
    _check_not_shut_out(keys, role, only)
    key, text = keys.create(name, role, tuple(only or ()))
    try:
        _audit("keys create", key)
    except CoreError:
        keys.revoke(key.id)  # nobody has seen its text
        raise
    if as_json:
        typer.echo(json.dumps({**_told(key), "key": text}))
        return
    sys.stderr.write(f"lookalike: key {key.id}, {key.role}; keep it, it is not shown again:\n")
    typer.echo(text)


@app.command("list")
def list_all(as_json: Json = False) -> None:
    """List all keys, without their text.

    Example: lookalike keys list --json
    """
    keys = _keys().all()
    if as_json:
        typer.echo(json.dumps([_told(key) for key in keys]))
        return
    table = Table("id", "name", "role", "collections", "created", box=None)
    for key in keys:
        table.add_row(*_row(key))
    Console().print(table)


@app.command()
def revoke(id: Id, as_json: Json = False) -> None:
    """Take a key away; the server refuses it within a second.

    Example: lookalike keys revoke ID
    """
    key = _keys().revoke(id)
    _audit("keys revoke", key)
    if as_json:
        typer.echo(json.dumps(_told(key)))
        return
    typer.echo(f"key {key.id} ({key.name}) is revoked")


def _check_not_shut_out(keys: Keys, role: Role, only: list[str] | None) -> None:
    """Raises InvalidInput where nobody could manage the server any more: keys are asked for."""
    if not keys.any() and (role is not Role.ADMIN or only):
        raise InvalidInput(
            "with the first key the server asks everybody for one, and nobody could make a "
            "collection with this one; make yours first: `lookalike keys create me --role admin`"
        )


def _told(key: Key) -> dict[str, Any]:
    return key.model_dump(mode="json", exclude={"digest"})


def _row(key: Key) -> tuple[str, ...]:
    only = ", ".join(key.collections) or "all"
    return key.id, key.name, str(key.role), only, f"{key.created_at:%Y-%m-%d %H:%M}"


def _keys() -> Keys:
    return Keys(Files(Settings().store))


def _audit(command: str, key: Key) -> None:
    """Who runs this is known to the machine by a number alone; names may be anybody's."""
    told = {"key": key.id, "role": str(key.role), "collections": ",".join(key.collections)}
    Audit(Files(Settings().store)).add(command=command, uid=os.getuid(), **told)


def main() -> int:
    """Run the command; gives the exit code where it is not ended by one."""
    return code_of(lambda: app(prog_name="lookalike keys"))


if __name__ == "__main__":
    sys.exit(main())
