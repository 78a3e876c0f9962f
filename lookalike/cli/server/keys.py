"""`lookalike keys`: create, list and revoke API keys in the store."""

import os
from typing import Annotated, Any

import typer

from core.errors import CoreError
from core.settings import Settings
from core.storage import Audit, StoreSecret, UserTokens, create_key, open_backend
from core.storage.api_keys import Key, Keys, Role
from core.storage.backends import StorageBackend
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
    typer.Option("--role", help="search: what a shop's page does in visitors' browsers; read: view "
                                "and search everything; write: also change items and sales, and "
                                "start jobs; admin: also create and delete collections."),
]  # fmt: skip
Only = Annotated[
    list[str] | None,
    typer.Option("-c", "--collection", help="Only for this collection; may be repeated."),
]
Origins = Annotated[
    list[str] | None,
    typer.Option("--origin", help="With --role search: a web site whose pages may use the key, for "
                                  "example https://shop.example; may be repeated."),
]  # fmt: skip
_COLUMNS: tuple[Column, ...] = (
    ("id", lambda key: key["id"]),
    ("name", lambda key: key["name"]),
    ("role", lambda key: key["role"]),
    ("collections", lambda key: ", ".join(key["collections"]) or "all"),
    ("created", lambda key: key["created_at"][:16].replace("T", " ")),
    ("last used", lambda key: (key["last_used_at"] or "never")[:16].replace("T", " ")),
)


@app.command()
def create(
    name: Name, role: RoleOption = Role.READ, only: Only = None, origins: Origins = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Create an API key and print it.

    The key cannot be printed again, since only its digest is stored. The first key must have the
    `admin` role. With `--role search`, a second line is the secret for tokens of customers.

    Example: lookalike keys create "web shop" --role read -c shop
    """
    files = _open_store()
    key, text = create_key(files, name, role, tuple(only or ()), tuple(origins or ()))
    try:
        _log("keys create", key)
    except CoreError:
        Keys(files).revoke(key.id)  # nobody has seen the text of the key
        raise
    secret = UserTokens(files).secret_of(key.id) if role is Role.SEARCH else None
    if as_json:
        print_json({**_to_json(key), "key": text, "user_secret": secret})
        return
    print_error(
        f"key {key.id} with role {key.role}; store it now, because it will not be shown again:"
    )
    typer.echo(text)
    if secret:
        print_error("secret for the tokens of customers; only your shop's server may know it:")
        typer.echo(secret)


@app.command("list")
def list_keys(as_json: Json = False) -> None:
    """List all API keys, but not their secret text.

    Example: lookalike keys list --json
    """
    keys = Keys(_open_store())
    rows = keys.all()
    uses = keys.uses.last([key.id for key in rows])
    last = {id: at.isoformat() for id, at in uses.items()}
    show(
        [{**_to_json(key), "last_used_at": last.get(key.id)} for key in rows],
        _COLUMNS,
        as_json=as_json,
    )


@app.command()
def revoke(id: Id, as_json: Json = False) -> None:
    """Revoke an API key; the server refuses it within a second.

    Example: lookalike keys revoke ID
    """
    key = Keys(_open_store()).revoke(id)
    _log("keys revoke", key)
    print_line(f"revoked key {key.id} ({key.name})", _to_json(key), as_json=as_json)


@app.command("renew-image-urls")
def renew_image_urls(yes: Yes = False, as_json: Json = False) -> None:
    """Replace the secret that signs the URLs of images.

    All signed URLs stop working. The server uses the new secret within ten seconds.

    Example: lookalike keys renew-image-urls --yes
    """
    confirm("All image URLs that were handed out stop working. Continue?", yes=yes)
    StoreSecret(_open_store(), "image-urls").replace()
    Audit(_open_store()).add(command="keys renew-image-urls", uid=os.getuid())
    print_line("the secret of image URLs is replaced", {"renewed": True}, as_json=as_json)


def _to_json(key: Key) -> dict[str, Any]:
    return key.model_dump(mode="json", exclude={"digest"})


def _open_store() -> StorageBackend:
    return open_backend(Settings().store)


def _log(command: str, key: Key) -> None:
    """Write to the audit log, with the operator's uid, since a login name proves nothing."""
    entry = {"key": key.id, "role": str(key.role), "collections": ",".join(key.collections)}
    Audit(_open_store()).add(command=command, uid=os.getuid(), **entry)
