"""`lookalike encoders`: the networks a collection can be made with."""

from lookalike.cli.options import URL, Json, Key, Url, connect
from lookalike.cli.output.tables import ENCODERS, show


def encoders(url: Url = URL, key: Key = None, as_json: Json = False) -> None:
    """List the networks that a collection can be made with.

    Example: lookalike encoders --json
    """
    with connect(url, key) as server:
        show(server.encoders(), ENCODERS, as_json=as_json)
