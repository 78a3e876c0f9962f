"""The client's methods for merchandising rules."""

from collections.abc import Mapping, Sequence
from typing import Any

from lookalike.models import Rules
from lookalike.transport import Transport, collection_path


class RuleMethods:
    """The methods of `Lookalike` for the rules of a collection."""

    _transport: Transport

    def rules(self, collection: str, version: int | None = None) -> Rules:
        """Return the rules of a collection, or an earlier version of them."""
        params = {} if version is None else {"version": version}
        return Rules.from_json(self._transport.call("GET", _path(collection), params=params))

    def set_rules(self, collection: str, rules: Sequence[Mapping[str, Any]]) -> Rules:
        """Replace all rules; each is a dictionary as in `Rules.rules`.

        To go back to an earlier version, pass its rules.
        """
        body = {"rules": [dict(rule) for rule in rules]}
        return Rules.from_json(self._transport.call("PUT", _path(collection), json=body))

    def delete_rules(self, collection: str) -> None:
        """Remove all rules; earlier versions can still be read."""
        self._transport.delete(_path(collection))


def _path(collection: str) -> str:
    return f"{collection_path(collection)}/rules"
