"""The client's methods that change or delete many items at once, and those for attribute types."""

import json
from collections.abc import Mapping
from typing import Any

from lookalike.job_handle import JobHandle, check_deletion, job_handle, request_job
from lookalike.models import Attribute, AttributeCounts
from lookalike.transport import Transport, collection_path

Filter = Mapping[str, Any]


class BulkMethods:
    """The methods of `Lookalike` for many items at once."""

    _transport: Transport

    def change_items(
        self, collection: str, filter: Filter, attributes: Mapping[str, Any], *,
        dry_run: bool = False,
    ) -> JobHandle:  # fmt: skip
        """Set attributes of all items that match a filter; None removes an attribute.

        The job's `result` has two counts of items, `matched` and `changed`. With `dry_run`, the
        items are only counted.
        """
        body = {"attributes": dict(attributes)}
        params = _params(filter, dry_run)
        path = f"{collection_path(collection)}/items"
        return request_job(self._transport, "PATCH", path, params=params, json=body)

    def delete_items(self, collection: str, filter: Filter, *, dry_run: bool = False) -> JobHandle:
        """Delete all items that match a filter.

        The job's `result` has two counts of items, `matched` and `deleted`. With `dry_run`, the
        items are only counted.
        """
        path = f"{collection_path(collection)}/items"
        body = self._transport.call("DELETE", path, params=_params(filter, dry_run))
        check_deletion(body, {"collection": collection, "kind": "delete-items"})
        return job_handle(self._transport, body)

    def attribute_types(self, collection: str) -> dict[str, str]:
        """Return the type of each attribute: text, number, integer, boolean, list or object."""
        return {row.name: row.type for row in self.attributes(collection)}

    def attributes(self, collection: str) -> list[Attribute]:
        """Return the attributes by name."""
        rows = self._transport.paginate(_attributes_path(collection), {})
        return [Attribute.from_json(row) for row in rows]

    def attribute_counts(self, collection: str, filter: Filter | None = None) -> AttributeCounts:
        """Return the attributes with their values, and how many items have each.

        Counted are only items that match the filter, if there is one; of a large collection, only
        some items are counted.
        """
        params = {"counts": "true"} | ({"filter": json.dumps(filter)} if filter else {})
        path = _attributes_path(collection)
        return AttributeCounts.from_json(self._transport.call("GET", path, params=params))

    def change_attribute_types(self, collection: str, types: Mapping[str, str]) -> JobHandle:
        """Change the types of attributes; the job reads all values again.

        Values that do not fit the new type stay as they are; the job lists them as failures.
        """
        path, body = _attributes_path(collection), {"types": dict(types)}
        return request_job(self._transport, "PATCH", path, json=body)


def _attributes_path(collection: str) -> str:
    return f"{collection_path(collection)}/attributes"


def _params(filter: Filter, dry_run: bool) -> dict[str, str]:
    return {"filter": json.dumps(filter), "dry_run": "true" if dry_run else "false"}
