"""`lookalike about`: the server's version and limits, and the caller's role."""

from lookalike.cli.options import URL, Json, Key, Url, connect
from lookalike.cli.output.tables import Column, show_row

_ABOUT: tuple[Column, ...] = (
    ("version", lambda about: about.version),
    ("role", lambda about: about.role),
    ("default encoder", lambda about: about.default_encoder),
    ("Flower", lambda about: about.flower_url),
    ("limits", lambda about: ", ".join(f"{name} {limit}" for name, limit in about.limits.items())),
)


def about(url: Url = URL, key: Key = None, as_json: Json = False) -> None:
    """Show the server's version and limits, and your role.

    Example: lookalike about --key KEY
    """
    with connect(url, key) as server:
        show_row(server.about(), _ABOUT, as_json=as_json)
