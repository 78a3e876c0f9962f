"""`lookalike keys`: create, list and revoke API keys in the store."""

import os
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from core.domain import check_collection_name
from core.errors import CoreError, InvalidInput
from core.settings import Settings
from core.storage import Audit, Collections, open_backend
from core.storage.api_keys import Key, Keys, Role
from lookalike.cli.errors import print_error
from lookalike.cli.options import Json, Yes, confirm
from lookalike.cli.output.tables import Column, print_json, print_line, show
from lookalike.cli.server.core_errors import CoreGroup

app = typer.Typer(
    cls=CoreGroup,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="Create, list and revoke API keys. Once there is a key, every request needs one.\n\n"
    "Run this command on the server's machine, with the server's settings.",
)
Name = Annotated[str, typer.Argument(help="The user of the key, for example `web shop`.")]
Id = Annotated[str, typer.Argument(help="The ID of the key, from `lookalike keys list`.")]
RoleOption = Annotated[
    Role,
    typer.Option("--role", help="read: view and search; write: also change items and sales, and "
                                "start jobs; admin: also create and delete collections."),
]  # fmt: skip
Only = Annotated[
    list[str] | None,
    typer.Option("-c", "--collection", help="Only for this collection; may be repeated."),
]
_COLUMNS: tuple[Column, ...] = (
    ("id", lambda key: key["id"]),
    ("name", lambda key: key["name"]),
    ("role", lambda key: key["role"]),
    ("collections", lambda key: ", ".join(key["collections"]) or "all"),
    ("created", lambda key: key["created_at"][:16].replace("T", " ")),
)


@app.command()
def create(
    name: Name, role: RoleOption = Role.READ, only: Only = None, yes: Yes = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Create an API key and print it.

    The key cannot be printed again, since only its digest is stored. The first key must have the
    `admin` role.

    Example: lookalike keys create "web shop" --role read -c shop
    """
    keys = _open_keys()
    _check_admin_exists(keys, role, only)
    _confirm_missing(only or (), yes=yes)
    key, text = keys.create(name, role, tuple(only or ()))
    try:
        _log("keys create", key)
    except CoreError:
        keys.revoke(key.id)  # nobody has seen the text of the key
        raise
    if as_json:
        print_json({**_to_json(key), "key": text})
        return
    print_error(
        f"key {key.id} with role {key.role}; store it now, because it will not be shown again:"
    )
    typer.echo(text)


@app.command("list")
def list_keys(as_json: Json = False) -> None:
    """List all API keys, but not their secret text.

    Example: lookalike keys list --json
    """
    show([_to_json(key) for key in _open_keys().all()], _COLUMNS, as_json=as_json)


@app.command()
def revoke(id: Id, as_json: Json = False) -> None:
    """Revoke an API key; the server refuses it within a second.

    Example: lookalike keys revoke ID
    """
    key = _open_keys().revoke(id)
    _log("keys revoke", key)
    print_line(f"revoked key {key.id} ({key.name})", _to_json(key), as_json=as_json)


def _check_admin_exists(keys: Keys, role: Role, only: list[str] | None) -> None:
    """Raise InvalidInput if the first key is not an admin key for all collections."""
    if not keys.exist() and (role is not Role.ADMIN or only):
        raise InvalidInput(
            "the first key must be an admin key for all collections, because once a key exists, "
            "every request needs a key; run `lookalike keys create me --role admin` first"
        )


def _confirm_missing(names: Iterable[str], *, yes: bool) -> None:
    """Ask whether to create a key for collections that do not exist, perhaps because of a typo."""
    existing = Collections(open_backend(Settings().store)).names()
    missing = [name for name in map(check_collection_name, names) if name not in existing]
    if missing:
        listed = ", ".join(existing[:20]) or "none"
        subject = f"Collection {', '.join(missing)} does not exist (existing: {listed})"
        confirm(f"{subject}. Create the key anyway?", yes=yes)


def _to_json(key: Key) -> dict[str, Any]:
    return key.model_dump(mode="json", exclude={"digest"})


def _open_keys() -> Keys:
    return Keys(open_backend(Settings().store))


def _log(command: str, key: Key) -> None:
    """Write to the audit log, with the operator's uid, since a login name proves nothing."""
    entry = {"key": key.id, "role": str(key.role), "collections": ",".join(key.collections)}
    Audit(open_backend(Settings().store)).add(command=command, uid=os.getuid(), **entry)
