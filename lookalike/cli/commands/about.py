"""`lookalike about`: what the server is, and what the caller may do."""

from lookalike.cli.options import URL, Json, Key, Url, connect
from lookalike.cli.output.tables import Column, show_one

_ABOUT: tuple[Column, ...] = (
    ("version", lambda one: one.version),
    ("you may", lambda one: one.role),
    ("default encoder", lambda one: one.default_encoder),
    ("Flower", lambda one: one.flower_url),
    ("limits", lambda one: ", ".join(f"{name} {most}" for name, most in one.limits.items())),
)


def about(url: Url = URL, key: Key = None, as_json: Json = False) -> None:
    """Tell the server's version and limits, and what this key may do.

    Example: lookalike about --key KEY
    """
    with connect(url, key) as server:
        show_one(server.about(), _ABOUT, as_json=as_json)
