"""The duplicates of a collection: the groups, and which pairs of images were compared."""

from core.duplicates import Duplicates
from core.storage.backends import StorageBackend
from core.storage.documents import find_derived


class DuplicateStore:
    """The groups found last. Only the update of similar lists changes them."""

    def __init__(self, files: StorageBackend, folder: str) -> None:
        self._files = files
        self._groups = f"{folder}/duplicates/groups.json"
        self._compared = f"{folder}/duplicates/compared.npz"

    def current(self) -> Duplicates | None:
        """Return the groups; None if there are none yet, or their document is damaged."""
        remedy = "duplicates will be found again"
        return find_derived(self._files, self._groups, Duplicates, remedy)

    def compared(self) -> bytes | None:
        """Return the results of earlier comparisons; None if there are none."""
        return self._files.find(self._compared)

    def write(self, duplicates: Duplicates, compared: bytes) -> None:
        """Replace the groups and the results of comparisons."""
        self._files.write(self._compared, compared)
        self._files.write(self._groups, duplicates.model_dump_json().encode())
