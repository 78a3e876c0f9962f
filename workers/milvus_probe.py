"""Whether Milvus answers this worker, asked beside its tasks: a question may take seconds."""

from core.errors import CoreError
from core.vectors import VectorStore


class Looking:
    """What was seen of Milvus when it was last asked."""

    def __init__(self, vectors: VectorStore) -> None:
        self._vectors = vectors
        self.milvus = "not asked yet"

    def look(self) -> None:
        """Ask once more."""
        try:
            self._vectors.ping()
        except CoreError as exc:
            self.milvus = exc.detail
        else:
            self.milvus = "ok"
