"""The definitions of all collections: create, find, change, and switch vector indexes."""

import logging
from contextlib import suppress
from datetime import UTC, datetime
from uuid import uuid4

from core.attributes import AttributeTypes, Observed, extend_types
from core.domain import EncoderIdentity, check_collection_name
from core.errors import Conflict, NotFound
from core.storage.backends import StorageBackend
from core.storage.collection import (
    COLLECTIONS,
    Collection,
    CollectionState,
    RecipeFit,
    RetiredIndex,
    ShadowIndex,
)
from core.storage.documents import parse_document

log = logging.getLogger(__name__)


class Collections:
    """The collections of a store. Callers hold the collection's lock while they change it."""

    def __init__(self, files: StorageBackend) -> None:
        self._files = files

    def create(
        self,
        name: str,
        *,
        encoder: EncoderIdentity,
        description: str = "",
        group_by: str | None = None,
        fit_automatically: bool = True,
    ) -> Collection:
        """Define a collection.

        Raises:
            InvalidInput: the name is invalid.
            Conflict: the collection exists or is being deleted.
        """
        collection = Collection(
            name=check_collection_name(name),
            description=description,
            group_by=group_by,
            fit_automatically=fit_automatically,
            encoder=encoder,
            index_name=_new_index_name(),
            created_at=datetime.now(UTC),
        )
        if not self._files.create(_path(name), _to_json(collection)):
            is_active = self._read(name).state is CollectionState.ACTIVE
            state = "already exists" if is_active else "is being deleted"
            raise Conflict(f"collection {name!r} {state}")
        return collection

    def get(self, name: str) -> Collection:
        """Return the definition of an active collection.

        Raises:
            NotFound: the collection does not exist or is being deleted.
            Conflict: its definition is damaged.
        """
        collection = self.find(name)
        if collection is None:
            raise NotFound(f"collection {name[:80]!r} does not exist")
        if collection.state is CollectionState.DELETING:
            raise NotFound(f"collection {name!r} is being deleted")
        return collection

    def find(self, name: str) -> Collection | None:
        """Return a collection in any state, or None if it does not exist."""
        with suppress(NotFound):
            return self._read(check_collection_name(name))
        return None

    def all(self) -> list[Collection]:
        """Return all collections in any state, sorted by name; skip damaged ones."""
        return [collection for name in self.names() if (collection := self._find_sound(name))]

    def active(self) -> list[Collection]:
        """Return the collections that are not being deleted, sorted by name; skip damaged ones."""
        return [row for row in self.all() if row.state is CollectionState.ACTIVE]

    def _find_sound(self, name: str) -> Collection | None:
        try:
            return self.find(name)
        except Conflict as exc:
            log.warning("collection %s is skipped: %s", name, exc)
            return None

    def names(self) -> list[str]:
        """Return the names of all collections in any state."""
        return self._files.list_names(COLLECTIONS)

    def change(self, name: str, *, description: str) -> Collection:
        """Replace the description."""
        return self._update(self.get(name), description=description)

    def set_group_by(self, name: str, attribute: str | None) -> Collection:
        """Set the attribute whose values are groups; None ends groups."""
        return self._update(self.get(name), group_by=attribute)

    def learn_types(self, name: str, observed: Observed) -> AttributeTypes:
        """Add the types of attributes new in these values; return the types of all attributes."""
        collection = self.get(name)
        types = extend_types(collection.attribute_types, observed)
        return self.set_types(name, types).attribute_types

    def set_types(self, name: str, types: AttributeTypes) -> Collection:
        """Set the types of some attributes; all other attributes keep their types."""
        collection = self.get(name)
        merged = {**collection.attribute_types, **types}
        if merged == collection.attribute_types:
            return collection
        return self._update(collection, attribute_types=merged)

    def stage_index(self, name: str, encoder: EncoderIdentity, job: str) -> ShadowIndex:
        """Return this job's shadow index; if there is none, add it first.

        From then on, new items must be written to both indexes.

        Raises:
            Conflict: another job has a shadow index; end it with `discard_index`.
        """
        current = self.get(name)
        if current.shadow_index is None:
            shadow_index = ShadowIndex(name=_new_index_name(), encoder=encoder, job=job)
            self._update(current, shadow_index=shadow_index)
            return shadow_index
        if current.shadow_index.job != job:
            raise Conflict(
                f"job {current.shadow_index.job} is building vectors of {name!r}; retry later"
            )
        return current.shadow_index

    def set_fit(self, name: str, fit: RecipeFit) -> Collection:
        """Record an attempt to fit the recipe of the vectors; after a success, fits recur."""
        collection = self.get(name)
        automatic = collection.fit_automatically or bool(fit.statistics)
        return self._update(collection, fit=fit, fit_automatically=automatic)

    def promote_index(self, name: str, job: str) -> Collection:
        """Replace the serving index and its encoder with the job's shadow index, if any."""
        current = self.get(name)
        if current.shadow_index is None or current.shadow_index.job != job:
            return current
        return self._update(
            current,
            encoder=current.shadow_index.encoder,
            index_name=current.shadow_index.name,
            built_by_job=job,
            shadow_index=None,
            retired_indexes=_retire(current, current.index_name),
        )

    def discard_index(self, name: str, job: str) -> Collection:
        """Retire this job's shadow index, if it has one."""
        current = self.get(name)
        if current.shadow_index is None or current.shadow_index.job != job:
            return current
        retired = _retire(current, current.shadow_index.name)
        return self._update(current, shadow_index=None, retired_indexes=retired)

    def forget_retired_index(self, name: str, index_name: str) -> Collection:
        """Forget a retired index that has been dropped."""
        current = self.get(name)
        rest = tuple(index for index in current.retired_indexes if index.name != index_name)
        return self._update(current, retired_indexes=rest)

    def mark_deleting(self, name: str) -> Collection:
        """Take a collection out of use; this cannot be undone."""
        return self._update(self._read(name), state=CollectionState.DELETING)

    def erase(self, name: str) -> None:
        """Delete all files of a collection, its definition last."""
        folder = f"{COLLECTIONS}/{name}"
        for child in self._files.list_names(folder):
            if child != "collection.json":
                self._files.delete_tree(f"{folder}/{child}")
        self._files.delete_tree(folder)

    def _read(self, name: str) -> Collection:
        return parse_document(Collection, self._files.read(_path(name)), _path(name))

    def _update(self, collection: Collection, **changes: object) -> Collection:
        changed = collection.model_copy(update=changes)
        self._files.write(_path(changed.name), _to_json(changed))
        return changed


def _retire(collection: Collection, index_name: str) -> tuple[RetiredIndex, ...]:
    retired = RetiredIndex(name=index_name, since=datetime.now(UTC))
    return (*collection.retired_indexes, retired)


def _to_json(collection: Collection) -> bytes:
    return collection.model_dump_json(indent=1).encode()


def _new_index_name() -> str:
    return f"c_{uuid4().hex}"


def _path(name: str) -> str:
    return f"{COLLECTIONS}/{name}/collection.json"
