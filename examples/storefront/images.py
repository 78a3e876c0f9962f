"""Pictures of products in the sizes of the pages, and search by photo."""

from collections.abc import Sequence

from examples.storefront.catalogue import Product
from examples.storefront.guard import Guard
from lookalike import Lookalike
from lookalike.errors import LookalikeError, ServerProblem

SIZES = frozenset({320, 800})  # only these, so that no visitor makes the server scale to others
MAX_PHOTO_BYTES = 10_000_000
_BAD_PHOTO = frozenset({413, 415, 422})


class SearchFailed(Exception):
    """Raised when a photo cannot be searched for; the text is for the visitor."""


class Images:
    """Images of one collection; `server` is a client with time for an image."""

    def __init__(self, server: Lookalike, collection: str) -> None:
        self._server, self._collection = server, collection
        self._guard = Guard()

    def close(self) -> None:
        """Close the connections to Lookalike."""
        self._server.close()

    def thumbnail(self, product: Product, size: int) -> bytes | None:
        """Return a JPEG of at most `size` pixels a side; None if Lookalike does not send it."""
        return self._guard.call(
            "pictures", lambda: self._server.image(self._collection, product.sku, size=size)
        )

    def search(self, photo: bytes) -> Sequence[str]:
        """Return the SKUs of the products that look most like a photo."""
        if len(photo) > MAX_PHOTO_BYTES:
            raise SearchFailed("The photo is too large; choose one of at most 10 MB.")
        try:
            return [
                row.sku for row in self._server.search(self._collection, photo, limit=24).matches
            ]
        except LookalikeError as error:
            if isinstance(error, ServerProblem) and error.status in _BAD_PHOTO:
                raise SearchFailed(f"The photo cannot be read: {error}") from error
            raise SearchFailed("Search by photo is not available at the moment.") from error
