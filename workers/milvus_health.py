"""The health of Milvus for a worker's report, probed in the background: a ping may take seconds."""

from core.errors import CoreError
from core.vectors import VectorStore


class MilvusProbe:
    """The result of the last ping."""

    def __init__(self, vectors: VectorStore) -> None:
        self._vectors = vectors
        self.status = "not probed yet"

    def refresh(self) -> None:
        """Ping Milvus; `status` becomes "ok" or the error."""
        try:
            self._vectors.ping()
        except CoreError as exc:
            self.status = exc.detail
        else:
            self.status = "ok"
