"""For each item of a collection, the items that look most like it; computed by matrix products."""

from core.similar.images import ImageVectors, collect_images
from core.similar.lists import KEPT, SERVED, SimilarLists
from core.similar.score_scale import fit_scale, label
from core.similar.update import Update, update_lists

__all__ = [
    "KEPT", "SERVED", "ImageVectors", "SimilarLists", "Update", "collect_images", "fit_scale",
    "label", "update_lists",
]  # fmt: skip
