"""`lookalike encoders`: the encoders that a collection can use."""

from lookalike.cli.options import URL, Json, Key, Url, connect
from lookalike.cli.output.tables import ENCODERS, show


def encoders(url: Url = URL, key: Key = None, as_json: Json = False) -> None:
    """List the encoders that a collection can use.

    Example: lookalike encoders --json
    """
    with connect(url, key) as server:
        show(server.encoders(), ENCODERS, as_json=as_json)
