"""What Lookalike suggests for each page: one request for each block of products."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from examples.storefront.catalogue import Catalogue, Product
from examples.storefront.guard import Guard
from examples.storefront.sessions import Session
from lookalike import Lookalike

COUNTRY = "DE"
REQUESTED, LIMIT = 18, 6  # some are in an earlier block of the page, or the shop has just sold them
MAX_SKUS = 50  # of a basket


@dataclass(frozen=True)
class Block:
    """A row of products on a page."""

    title: str
    products: Sequence[Product]


class Suggestions:
    """The blocks of each page; `server` is a client with a short timeout and without retries."""

    def __init__(self, server: Lookalike, collection: str, catalogue: Catalogue) -> None:
        self._server, self._collection, self._catalogue = server, collection, catalogue
        self._recommender = server.recommender(collection)
        self._guard = Guard()

    def close(self) -> None:
        """Close the connections to Lookalike."""
        self._server.close()

    def for_home(self, session: Session) -> list[Block]:
        """Return blocks for the home page."""
        same_for_all = [("Popular now", self._popular()), ("New", self._new())]
        return self._arrange([self._for_visitor(session), *same_for_all])

    def for_category(self, kind: str) -> list[Block]:
        """Return blocks for the top of a category."""
        return self._arrange([("Popular in this category", self._popular(kind))])

    def for_product(self, sku: str) -> list[Block]:
        """Return blocks for a product page; the first has substitutes if it is sold out."""
        is_sold_out = not self._catalogue.is_in_stock(sku)
        blocks = [
            ("Similar and in stock", self._substitutes(sku) if is_sold_out else ()),
            ("Often bought together", self._bought_together(sku)),
            ("Similar items", self._similar(sku)),
        ]
        return self._arrange(blocks, [sku]) or self._arrange([("Popular", self._popular())], [sku])

    def for_basket(self, session: Session) -> list[Block]:
        """Return blocks for the basket."""
        goes_with = ("Goes with your basket", self._goes_with(session.basket, session))
        popular = [("Popular", self._popular())]
        return self._arrange([goes_with], session.basket) or self._arrange(popular, session.basket)

    def _for_visitor(self, session: Session) -> tuple[str, Sequence[str]]:
        """Return the first row of the home page; it is empty for a stranger's first page."""
        if session.bought:  # today's purchases count at once, also those of new customers
            return "Goes with what you bought", self._goes_with(session.bought, session)
        if session.customer:
            return "For you", self._personal(session.customer)
        return "Because of what you looked at", self._goes_with(session.viewed, session)

    def _arrange(
        self, blocks: Iterable[tuple[str, Sequence[str]]], exclude: Iterable[str] = ()
    ) -> list[Block]:
        """Return blocks without empty ones; no product is in two, and all are in stock.

        Lookalike leaves out what is not in stock, too, but the shop knows first.
        """
        seen, arranged = set(exclude), []
        for title, skus in blocks:
            new = [sku for sku in skus if sku not in seen and self._catalogue.is_in_stock(sku)]
            seen.update(new[:LIMIT])
            arranged.append(Block(title, self._catalogue.products(new[:LIMIT])))
        return [block for block in arranged if block.products]

    def _personal(self, customer: str) -> Sequence[str]:
        return self._guard.skus("recommendations", lambda: (
            self._recommender.recommend(customer, REQUESTED, country=COUNTRY).recommendations
        ))  # fmt: skip

    def _goes_with(self, skus: Sequence[str], session: Session) -> Sequence[str]:
        if not skus:
            return ()
        return self._guard.skus("basket", lambda: self._recommender.recommend_for_basket(
            skus[-MAX_SKUS:], REQUESTED, user=session.customer, country=COUNTRY
        ).recommendations)  # fmt: skip

    def _popular(self, kind: str | None = None) -> Sequence[str]:
        filter = {"kind": kind} if kind else None
        return self._guard.shared_skus(f"popular items of {kind or 'all kinds'}", lambda: (
            self._recommender.popular(REQUESTED, country=COUNTRY, filter=filter).items
        ))  # fmt: skip

    def _new(self) -> Sequence[str]:
        return self._guard.shared_skus("new items", lambda: (
            self._server.new_items(self._collection, REQUESTED).items
        ))  # fmt: skip

    def _similar(self, sku: str) -> Sequence[str]:
        return self._guard.skus("similar items", lambda: (
            self._server.similar(self._collection, sku, limit=REQUESTED).matches
        ))  # fmt: skip

    def _substitutes(self, sku: str) -> Sequence[str]:
        return self._guard.skus("substitutes", lambda: (
            self._server.substitutes(self._collection, sku, limit=REQUESTED).matches
        ))  # fmt: skip

    def _bought_together(self, sku: str) -> Sequence[str]:
        return self._guard.skus("bought together", lambda: (
            self._recommender.bought_together(sku, REQUESTED)
        ))  # fmt: skip
