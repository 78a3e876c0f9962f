"""The score scale of a collection: one document, which a fit replaces."""

from core.score_scale import ScoreScale
from core.storage.backends import StorageBackend
from core.storage.documents import find_derived


class ScoreScaleStore:
    """What the scores of a collection mean. Only the update of similar lists changes it."""

    def __init__(self, files: StorageBackend, folder: str) -> None:
        self._files = files
        self._path = f"{folder}/score-scale.json"

    def current(self) -> ScoreScale | None:
        """Return the scale; None if there is none yet, or its document is damaged."""
        remedy = "the score scale will be fitted again"
        return find_derived(self._files, self._path, ScoreScale, remedy)

    def write(self, scale: ScoreScale) -> None:
        """Replace the scale."""
        self._files.write(self._path, scale.model_dump_json().encode())
