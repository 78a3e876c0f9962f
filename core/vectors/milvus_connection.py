"""The connection to Milvus or Milvus Lite: one client per process, and error translation."""

import contextlib
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import grpc

from core.errors import InvalidInput, NotFound, Unavailable
from core.vectors.milvus_client import (
    DataNotMatchException,
    MilvusClient,
    MilvusException,
    ParamError,
)
from core.vectors.store import check_index_name

READ_S = 5
NO_COLLECTION = 100
BAD_REQUEST = {6, 1100}
# After an outage, the new channel must not inherit the reconnect backoff of the old channel, which
# grows to two minutes.
CHANNEL_OPTIONS = {"grpc.use_local_subchannel_pool": 1, "grpc.max_reconnect_backoff_ms": 1_000}

# pymilvus logs a traceback for every error, although every error is raised as a `CoreError`.
logging.getLogger("pymilvus").setLevel(logging.CRITICAL)


class MilvusConnection:
    """A connection that each process opens on first use and that threads may share."""

    def __init__(self, url: str, *, token: str | None = None, ca: Path | None = None) -> None:
        self._url = url
        options = {"token": token, "server_pem_path": ca and str(ca)}
        self._credentials = {name: value for name, value in options.items() if value}
        self._lock = threading.Lock()
        self._connected: tuple[int, MilvusClient, bool] | None = None

    @contextlib.contextmanager
    def call(self, index: str) -> Iterator[MilvusClient]:
        """Yield the client for calls about an index; translate errors of Milvus.

        Raises:
            NotFound: the index does not exist.
            InvalidInput: the index name is invalid, or Milvus rejects the request.
            Unavailable: Milvus does not respond, or fails.
        """
        check_index_name(index)
        try:
            yield self._client()
        except (DataNotMatchException, ParamError) as exc:
            raise InvalidInput(f"invalid data for vector index {index!r}: {exc.message}") from exc
        except MilvusException as exc:
            if exc.code == NO_COLLECTION:
                raise NotFound(f"vector index {index!r} does not exist; rebuild the index") from exc
            if exc.code in BAD_REQUEST:
                raise InvalidInput(
                    f"Milvus rejected a request for vector index {index!r}: {exc.message}"
                ) from exc
            raise Unavailable(f"the Milvus request failed: {exc.message}; retry later") from exc
        except grpc.RpcError as exc:
            raise Unavailable(
                "Milvus did not respond in time; check that Milvus is running"
            ) from exc

    @property
    def is_lite(self) -> bool:
        """Whether the server is Milvus Lite; False before the first call."""
        return self._connected is not None and self._connected[2]

    def _client(self) -> MilvusClient:
        with self._lock:
            # A channel does not survive a fork, so each process opens its own.
            if self._connected is None or self._connected[0] != os.getpid():
                client = MilvusClient(
                    self._url,
                    timeout=READ_S,
                    dedicated=True,
                    grpc_options=CHANNEL_OPTIONS,
                    **self._credentials,
                )
                lite = client.get_server_version(timeout=READ_S).startswith("milvus_lite")
                self._connected = os.getpid(), client, lite
            return self._connected[1]
