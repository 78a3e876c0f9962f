"""Vectors in Milvus, or in Milvus Lite behind our server; the only module that speaks to either."""

import contextlib
import hashlib
import json
import logging
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import grpc
import numpy as np
from pymilvus import DataType, MilvusClient, MilvusException
from pymilvus.exceptions import DataNotMatchException, ParamError

from core.batching import batched
from core.domain import Attributes, Match
from core.errors import Conflict, InvalidInput, NotFound, Unavailable
from core.filters.parse import Filter
from core.vectors import expressions
from core.vectors.store import (
    ANYTHING,
    Vector,
    VectorRow,
    best,
    check_dim,
    check_key,
    check_limit,
    check_space,
    score,
    unit,
)

READ_S = 5
WRITE_S = 30
SCHEMA_S = 120
BATCH_ROWS = 500
ITEMS = 100  # read with their vectors at once
BATCH_BYTES = 8 * 1024 * 1024
ATTRIBUTES_BYTES = 60_000  # Milvus takes 65,536
LABEL_BYTES = 512
FETCH = 16_384  # the most rows that Milvus returns
PAGE = 5_000
# Milvus' own default does not read what was just written. To wait for that takes up to .2 s, so
# whoever writes waits, once, and a search need not.
STRONG = {"consistency_level": "Strong"}
AT_ONCE = {"consistency_level": "Eventually"}
# `benchmarks.vectors` measures what these find, and how quickly
GRAPH = {"M": 32, "efConstruction": 200}
EF = 256
NO_COLLECTION = 100
BAD_REQUEST = {6, 1100}
# Vectors are of unit length, so the inner product is the cosine, at a third of its cost in Lite.
METRIC = "IP"
# After an outage pymilvus makes a new channel at the next call; it must not take over the waiting
# time of the old one, which grows to two minutes.
CHANNEL = {"grpc.use_local_subchannel_pool": 1, "grpc.max_reconnect_backoff_ms": 1_000}

Packed = dict[str, Any]

# It writes a traceback for every error, and each is raised anew as one of ours.
logging.getLogger("pymilvus").setLevel(logging.CRITICAL)


class MilvusVectors:
    """A `VectorStore` in Milvus; a space is a collection. Threads may share it, and forks."""

    def __init__(self, url: str, *, token: str | None = None, ca: Path | None = None) -> None:
        self._url, self._access = url, _access(token, ca)
        self._lock = threading.Lock()
        self._connected: tuple[int, MilvusClient, bool] | None = None
        self._dims: dict[str, int] = {}

    def create(self, space: str, dim: int) -> None:
        """Make a space if it is not there."""
        check_dim(dim)
        with self._calling(space) as client:
            if not client.has_collection(space, timeout=READ_S):
                client.create_collection(space, schema=_schema(dim), timeout=SCHEMA_S, **STRONG)
            there = self._dim(client, space)
            if there != dim:
                raise Conflict(f"space {space!r} holds vectors of {there} numbers, not {dim}")
            if not self._lite:  # Lite looks at every vector: exact, and quick for what it can hold
                _index(client, space)

    def drop(self, space: str) -> None:
        """Remove a space, if it is there."""
        with contextlib.suppress(NotFound), self._calling(space) as client:
            client.drop_collection(space, timeout=SCHEMA_S)

    def upsert(self, space: str, rows: Sequence[VectorRow]) -> None:
        """Write rows, each in place of the one with its sku and view."""
        # Milvus leaves open which of two rows with one key in a request wins.
        packed = {row["id"]: row for row in map(_packed, rows)}
        with self._calling(space) as client:
            for dim in {len(row["vector"]) for row in packed.values()}:
                self._check_dim(client, space, dim)
            for batch in _batches(list(packed.values())):
                client.upsert(space, batch, timeout=WRITE_S)
            if packed:
                self._settle(client, space)

    def delete(self, space: str, skus: Sequence[str]) -> None:
        """Remove all views of these skus."""
        self._delete(space, "sku", skus)

    def delete_views(self, space: str, sku: str, views: Sequence[str]) -> None:
        """Remove some views of a sku."""
        self._delete(space, "id", [_id(sku, view) for view in views])

    def nearest(
        self,
        space: str,
        vector: Vector,
        *,
        limit: int,
        min_score: float = 0.0,
        filter: Filter = ANYTHING,
    ) -> list[Match]:
        """The likest items, each by its best view."""
        query, where = unit(vector, "the query"), expressions.of(filter)
        fetch = min(check_limit(limit) + limit // 2 + 4, FETCH)
        while True:
            hits = self._search(space, query, where, fetch)
            found = best(hits, limit, min_score)
            if len(hits) < fetch or fetch == FETCH or _complete(hits, found, limit, min_score):
                return found
            fetch = min(fetch * 4, FETCH)

    def vectors_of(self, space: str, sku: str) -> dict[str, Vector]:
        """Each view's vector."""
        rows = self._query(space, expressions.one_of("sku", [sku]), ["view", "vector"])
        return {row["view"]: np.asarray(row["vector"], dtype=np.float32) for row in rows}

    def set_attributes(self, space: str, attributes: Mapping[str, Attributes]) -> None:
        """Replace the attributes of all views of skus."""
        # Whole rows: what is left out of a row, Lite keeps and Milvus does not.
        fields = ["sku", "view", "vector"]
        for skus in batched(attributes, ITEMS):
            where = expressions.one_of("sku", skus)
            rows = [
                VectorRow(one["sku"], one["view"], one["vector"], attributes[one["sku"]])
                for one in self._query(space, where, fields)
            ]
            self.upsert(space, rows)

    def count(self, space: str) -> int:
        """How many vectors there are."""
        return int(self._query(space, "", ["count(*)"])[0]["count(*)"])

    def keys(self, space: str) -> Iterator[tuple[str, str]]:
        """Every (sku, view)."""
        for row in self._all(space, ["sku", "view"], PAGE):
            yield row["sku"], row["view"]

    def vectors(self, space: str) -> Iterator[tuple[str, Vector]]:
        """Every sku with the vector of one of its views."""
        for row in self._all(space, ["sku", "vector"], BATCH_ROWS):
            yield row["sku"], np.asarray(row["vector"], dtype=np.float32)

    def _all(self, space: str, fields: list[str], page: int) -> Iterator[dict[str, Any]]:
        with self._calling(space) as client:
            pages = client.query_iterator(
                space, page, output_fields=fields, timeout=READ_S, **STRONG
            )
        while True:
            with self._calling(space):
                rows = pages.next()
            yield from rows
            if not rows:
                break
        pages.close()

    def flush(self, space: str) -> None:
        """Move the rows of Lite's log into a file; Milvus does so by itself."""
        with self._calling(space) as client:
            self._dim(client, space)  # Lite flushes what is not there without a word
            if self._lite:
                client.flush(space, timeout=SCHEMA_S)

    def ping(self) -> None:
        """Return if Milvus answers."""
        with self._calling("ping") as client:
            client.list_collections(timeout=READ_S)

    def close(self) -> None:
        """Close the connection; the next call makes a new one."""
        with self._lock:
            if self._connected and self._connected[0] == os.getpid():
                self._connected[1].close()
            self._connected = None

    def _search(self, space: str, query: Vector, where: str, fetch: int) -> list[Match]:
        with self._calling(space) as client:
            self._check_dim(client, space, len(query))
            hits = client.search(
                space,
                [query],
                filter=where,
                limit=fetch,
                output_fields=["sku", "view"],
                search_params={"metric_type": METRIC, "params": {"ef": max(fetch, EF)}},
                timeout=READ_S,
                **AT_ONCE,
            )[0]
        rows = ((hit["entity"], hit["distance"]) for hit in hits)
        return [Match(row["sku"], row["view"], score(likeness)) for row, likeness in rows]

    def _query(self, space: str, where: str, fields: list[str]) -> list[Packed]:
        with self._calling(space) as client:
            rows: list[Packed] = client.query(
                space, filter=where, output_fields=fields, timeout=READ_S, **STRONG
            )
            return rows

    def _delete(self, space: str, field: str, texts: Sequence[str]) -> None:
        with self._calling(space) as client:
            for some in batched(texts, BATCH_ROWS):
                where = expressions.one_of(field, some)
                client.delete(space, filter=where, timeout=WRITE_S, **STRONG)
            if texts:
                self._settle(client, space)

    def _settle(self, client: MilvusClient, space: str) -> None:
        """Return when searches see what was written; in Lite they do."""
        if not self._lite:
            client.query(space, filter="", output_fields=["count(*)"], timeout=WRITE_S, **STRONG)

    @contextlib.contextmanager
    def _calling(self, space: str) -> Iterator[MilvusClient]:
        check_space(space)
        try:
            yield self._client()
        except (DataNotMatchException, ParamError) as exc:
            raise InvalidInput(f"space {space!r}: {exc.message}") from exc
        except MilvusException as exc:
            if exc.code == NO_COLLECTION:
                raise NotFound(f"there is no space {space!r}") from exc
            if exc.code in BAD_REQUEST:
                raise InvalidInput(f"space {space!r}: Milvus says: {exc.message}") from exc
            raise Unavailable(f"Milvus does not do its work: {exc.message}") from exc
        except grpc.RpcError as exc:
            raise Unavailable("Milvus does not answer in time; is it running?") from exc

    def _client(self) -> MilvusClient:
        with self._lock:
            # A channel does not survive a fork: each process makes its own.
            if self._connected is None or self._connected[0] != os.getpid():
                client = MilvusClient(
                    self._url, timeout=READ_S, dedicated=True, grpc_options=CHANNEL, **self._access
                )
                lite = client.get_server_version(timeout=READ_S).startswith("milvus_lite")
                self._connected = os.getpid(), client, lite
            return self._connected[1]

    @property
    def _lite(self) -> bool:
        return self._connected is not None and self._connected[2]

    def _check_dim(self, client: MilvusClient, space: str, dim: int) -> None:
        if self._dims.get(space) != dim:
            there = self._dims[space] = self._dim(client, space)
            if there != dim:
                raise InvalidInput(f"space {space!r} holds vectors of {there} numbers, not {dim}")

    def _dim(self, client: MilvusClient, space: str) -> int:
        fields = client.describe_collection(space, timeout=READ_S)["fields"]
        return next(int(one["params"]["dim"]) for one in fields if one["name"] == "vector")


def _schema(dim: int) -> Any:
    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=32)
    schema.add_field("sku", DataType.VARCHAR, max_length=LABEL_BYTES)
    schema.add_field("view", DataType.VARCHAR, max_length=LABEL_BYTES)
    schema.add_field("attributes", DataType.JSON)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dim)
    return schema


def _access(token: str | None, ca: Path | None) -> dict[str, str]:
    """Who we are, and who signs the certificate behind an `https://` URL."""
    named = {"token": token, "server_pem_path": ca and str(ca)}
    return {name: value for name, value in named.items() if value}


def _index(client: MilvusClient, space: str) -> None:
    if not client.list_indexes(space, timeout=READ_S):
        params = client.prepare_index_params()
        params.add_index(
            "vector",
            index_type="HNSW",
            metric_type=METRIC,
            params=GRAPH,
        )
        client.create_index(space, params, timeout=SCHEMA_S)
    client.load_collection(space, timeout=SCHEMA_S)


def _id(sku: str, view: str) -> str:
    return hashlib.blake2b(f"{sku}\0{view}".encode(), digest_size=16).hexdigest()


def _packed(row: VectorRow) -> Packed:
    check_key(row.sku, row.view)
    attributes = expressions.stored(row.attributes)
    if len(json.dumps(attributes, ensure_ascii=False).encode()) > ATTRIBUTES_BYTES:
        raise InvalidInput(f"sku {row.sku!r}: attributes take more than {ATTRIBUTES_BYTES} bytes")
    return {
        "id": _id(row.sku, row.view),
        "sku": row.sku,
        "view": row.view,
        "attributes": attributes,
        "vector": unit(row.vector, f"sku {row.sku!r}, view {row.view!r}"),
    }


def _batches(rows: list[Packed]) -> Iterator[list[Packed]]:
    if rows:
        size = max(1, min(BATCH_ROWS, BATCH_BYTES // int(rows[0]["vector"].nbytes)))
        yield from batched(rows, size)


def _complete(hits: list[Match], found: list[Match], limit: int, min_score: float) -> bool:
    """Whether no hit that was not fetched could belong to the items found."""
    last = hits[-1].score
    return last < min_score or (len(found) == limit and last < found[-1].score)
