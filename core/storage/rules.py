"""The merchandising rules of a collection: one document per version; earlier versions are kept."""

from collections.abc import Sequence
from datetime import datetime

from core.errors import NotFound
from core.rules import Rule, RulesVersion
from core.storage.backends import StorageBackend
from core.storage.documents import find_document

KEPT_VERSIONS = 200


class RuleStore:
    """The versions of a collection's rules. Callers hold the collection's lock to add one."""

    def __init__(self, files: StorageBackend, folder: str) -> None:
        self._files = files
        self._folder = f"{folder}/rules"

    def current(self) -> RulesVersion | None:
        """Return the newest version, or None if there has never been a rule."""
        versions = self._versions()
        return self.get(versions[-1]) if versions else None

    def get(self, version: int) -> RulesVersion:
        """Return a version.

        Raises:
            NotFound: it does not exist, or is one of the oldest of many.
        """
        document = find_document(self._files, self._path(version), RulesVersion)
        if document is None:
            raise NotFound(f"there is no version {version} of the rules")
        return document

    def add(self, rules: Sequence[Rule], now: datetime) -> RulesVersion:
        """Replace all rules by a new version, which is then the current one."""
        versions = self._versions()
        number = versions[-1] + 1 if versions else 1
        version = RulesVersion(version=number, created_at=now, rules=tuple(rules))
        text = version.model_dump_json(by_alias=True, exclude_defaults=True).encode()
        self._files.write(self._path(number), text)
        for old in versions[: 1 - KEPT_VERSIONS]:
            self._files.delete(self._path(old))
        return version

    def _versions(self) -> list[int]:
        return [int(name.partition(".")[0]) for name in self._files.list_names(self._folder)]

    def _path(self, version: int) -> str:
        return f"{self._folder}/{version:09d}.json"
