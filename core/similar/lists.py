"""The similar lists of a collection, and their form as bytes."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.similar.images import Images
from core.similar.keys import NONE, Keys, decode_images, decode_scores, lengths

SERVED = 50
"""The length of a list, if the collection has as many other items."""
KEPT = 64
"""Lists are computed longer, so that deleted items leave enough others."""


@dataclass(frozen=True)
class SimilarLists:
    """The nearest other items of every item, best first.

    Each list is exact: no other item is nearer than the last one of the list. It may be shorter
    than `KEPT` after deletions, but not shorter than `SERVED`, unless it contains all other items.
    """

    images: Images
    keys: Keys
    """The keys of each list (n, kept), padded with NONE at the end."""

    @cached_property
    def are_complete(self) -> NDArray[np.bool_]:
        """Whether each list contains all other items."""
        return np.equal(lengths(self.keys), len(self.images.skus) - 1)

    def lines(self, items: Iterable[int]) -> Iterator[tuple[str, bytes]]:
        """Yield the SKU and the list of these items as text.

        The first line is `all` if the list contains all other items, else empty. Each further line
        has the SKU, the view and the score in millionths, separated by tabs; it ends with `\\n`.
        """
        images = self.images
        skus, views = [images.skus[item] for item in images.items.tolist()], images.views
        labels = [f"{sku}\t{view}".encode() for sku, view in zip(skus, views, strict=True)]
        for item in items:
            keys = self.keys[item]
            keys = keys[keys != NONE]
            pairs = zip(decode_images(keys).tolist(), decode_scores(keys).tolist(), strict=True)
            rows = b"".join([b"%b\t%d\n" % (labels[image], score) for image, score in pairs])
            head = b"all\n" if self.are_complete[item] else b"\n"
            yield images.skus[item], head + rows

    def to_bytes(self) -> bytes:
        """Return the lists as a file in NumPy's `.npz` format."""
        file, images = io.BytesIO(), self.images
        np.savez(
            file,
            keys=self.keys,
            skus=_to_array(images.skus),
            starts=images.starts,
            views=_to_array(images.views),
            digests=images.digests,
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the lists of a file that `to_bytes` made.

        Raises:
            ValueError: the file is damaged.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                texts = _to_texts(file["skus"]), file["starts"], _to_texts(file["views"])
                return cls(Images(*texts, file["digests"]), file["keys"])
        except Exception as exc:  # zipfile, zlib and NumPy raise many kinds of errors
            raise ValueError("the file of similar lists is damaged") from exc


def _to_array(texts: Iterable[str]) -> NDArray[np.uint8]:
    """Return texts, which contain no line breaks, as an array of bytes."""
    return np.frombuffer("".join(f"{text}\n" for text in texts).encode(), dtype=np.uint8)


def _to_texts(array: NDArray[np.uint8]) -> list[str]:
    return array.tobytes().decode().split("\n")[:-1]
