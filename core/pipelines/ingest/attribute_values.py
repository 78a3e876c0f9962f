"""Converts an upload's attributes to the collection's types; adds types for new attributes."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from core.attributes import AttributeTypes, Cell, Observed, Signs, decimal_signs, read_attributes
from core.errors import InvalidInput
from core.jobs import Failure
from core.pipelines.ingest.manifest import Manifest, ManifestRow
from core.pipelines.services import Services
from core.storage import Collection

Values = dict[str, list[Any]]
"""All values of each attribute."""


def learn_types(collection: Collection, services: Services, values: Observed) -> AttributeTypes:
    """Add types for the new attributes among these values; return all types."""
    with services.locks.exclusive(collection.name) as check_lock:
        services.reload_collection(collection)
        check_lock()
        return services.collections.learn_types(collection.name, values)


def values_of(manifest: Manifest) -> Values:
    """Return the values of each attribute in a manifest."""
    values: Values = {}
    for row in _rows(manifest):
        for name, value in row.attributes.items():
            values.setdefault(name, []).append(value)
    return values


def read_values(manifest: Manifest, types: AttributeTypes) -> Manifest:
    """Convert the manifest to these types; a row with a value that does not fit is a failure."""
    signs = {name: _signs(column) for name, column in values_of(manifest).items()}
    read = replace(
        manifest,
        files={},
        items={},
        urls={},
        failures=list(manifest.failures),
        rejected_files=set(manifest.rejected_files),
    )
    for row in _rows(manifest):
        try:
            _add(read, replace(row, attributes=read_attributes(row.attributes, types, signs)))
        except InvalidInput as exc:
            read.rejected_files |= {row.file} - {""}
            failure = Failure.from_error(exc, row.line, sku=row.sku)
            if failure not in read.failures[-1:]:  # a row may have several images
                read.failures.append(failure)
    return read


def _rows(manifest: Manifest) -> Iterator[ManifestRow]:
    yield from manifest.files.values()
    yield from manifest.items.values()
    yield from manifest.url_rows()


def _add(manifest: Manifest, row: ManifestRow) -> None:
    if row.url:
        manifest.urls.setdefault(row.sku, []).append(row)
    elif row.file:
        manifest.files[row.file] = row
    else:
        manifest.items[row.sku] = row


def _signs(column: list[Any]) -> Signs:
    return decimal_signs(value for value in column if isinstance(value, Cell))
