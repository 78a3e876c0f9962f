"""The client's methods for API keys."""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from lookalike.models import ApiKey, NewApiKey
from lookalike.transport import Transport


class KeyMethods:
    """The methods of `Lookalike` for API keys; they require an admin key for all collections."""

    _transport: Transport

    def keys(self) -> Iterator[ApiKey]:
        """Yield all API keys, the oldest first."""
        yield from map(ApiKey.from_json, self._transport.paginate("v1/keys", {}))

    def create_key(
        self, name: str, role: str, collections: Sequence[str] = (), origins: Sequence[str] = ()
    ) -> NewApiKey:
        """Create an API key; its text cannot be read again.

        Args:
            name: who uses the key.
            role: "search", "read", "write" or "admin".
            collections: what the key is for; by default, all collections.
            origins: the web sites whose pages may use a key with the role "search".
        """
        body = {
            "name": name, "role": role, "collections": [*collections], "origins": [*origins],
        }  # fmt: skip
        return NewApiKey.from_json(self._transport.call("POST", "v1/keys", json=body))

    def revoke_key(self, id: str) -> None:
        """Revoke an API key; the server refuses it within a second."""
        self._transport.delete(f"v1/keys/{quote(id, safe='')}")
