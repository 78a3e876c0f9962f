"""The Python client and the `lookalike` command."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lookalike.client import Lookalike as Lookalike


def __getattr__(name: str) -> Any:
    """Import the client on first use, since the command's help does not need httpx2."""
    if name == "Lookalike":
        from lookalike.client import Lookalike

        return Lookalike
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
