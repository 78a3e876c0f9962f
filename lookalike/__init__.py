"""The Python client and the `lookalike` command; both speak HTTP only."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lookalike.client import Lookalike as Lookalike


def __getattr__(name: str) -> Any:
    """Load the client when it is first asked for: the command's help needs none of it."""
    if name == "Lookalike":
        from lookalike.client import Lookalike

        return Lookalike
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
