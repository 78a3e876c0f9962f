"""A random secret of the store, which is created when it is first needed."""

import secrets

from core.storage.backends import StorageBackend


class StoreSecret:
    """A secret in a file of the store that only the user who runs Lookalike can read."""

    def __init__(self, files: StorageBackend, name: str) -> None:
        self._files = files
        self._path = f"secrets/{name}"

    def read(self) -> bytes:
        """Return the 32 bytes of the secret.

        Raises:
            StorageFull, Unavailable: there is no secret yet, and it cannot be written.
        """
        if self._files.find(self._path) is None:
            self._files.create(self._path, secrets.token_bytes(32))  # unless another process did
        return self._files.read(self._path)

    def replace(self) -> None:
        """Replace the secret: what was made with the old one is worthless."""
        self._files.write(self._path, secrets.token_bytes(32))
