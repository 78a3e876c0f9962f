"""Chooses the items of a mailing: a few for each customer, with title, link and reason."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from urllib.parse import quote

from core.domain import Availability
from core.recommendations import (
    RECOMMENDATION,
    BoughtBefore,
    BoughtTogether,
    ByRule,
    LooksLike,
    New,
    Popular,
    Reason,
    Recommendation,
)
from core.rules import NO_RULES
from core.serving.cards import Card
from core.serving.mail_words import Language, reason_in_words
from core.serving.rules import exclude, reorder
from core.serving.select import Selected, ServingOptions, eligible, select

_NO_REASON = b'{"sku":"","score":0,"reasons":[]}'

UrlOf = Callable[[str, Mapping[str, Any]], str | None]
"""Returns a URL of an item by its SKU and attributes; None if it has none."""


class Offer(NamedTuple):
    """What a mailing shows of an item, to every customer."""

    title: str
    price: str | int | float | None
    image_url: str
    link: str


class MailReason(NamedTuple):
    """Why a customer gets an item, in words for the customer."""

    text: str
    kind: str
    title: str | None = None
    """The title of the item that the reason names."""


class MailItem(NamedTuple):
    """An item for one customer."""

    sku: str
    offer: Offer
    reason: MailReason


class ListedItem(NamedTuple):
    """An item of a list; most are never shown, so their texts are not parsed."""

    sku: str
    text: bytes
    """The recommendation as JSON."""

    @property
    def recommendation(self) -> Recommendation:
        """The parsed recommendation."""
        return RECOMMENDATION.validate_json(self.text)

    @property
    def score(self) -> float:
        """The score in the list."""
        return self.recommendation.score

    @property
    def reasons(self) -> list[Reason]:
        """Why the item is in the list."""
        return self.recommendation.reasons


@dataclass(frozen=True)
class MailFields:
    """Where a mailing finds what it shows of an item: in these attributes, or by URL."""

    title: str
    price: str | None
    link_of: UrlOf
    image_url_of: UrlOf

    def title_of(self, attributes: Mapping[str, Any]) -> str | None:
        """Return the title of an item; None if it has none."""
        title = _single(attributes.get(self.title))
        return None if title is None else str(title).strip() or None

    def offer_of(self, sku: str, attributes: Mapping[str, Any]) -> Offer | None:
        """Return what is shown of an item; None if its title, picture or link is missing."""
        title = self.title_of(attributes)
        image_url, link = self.image_url_of(sku, attributes), self.link_of(sku, attributes)
        if title is None or image_url is None or link is None:
            return None
        price = _single(attributes.get(self.price)) if self.price else None
        return Offer(title, price, image_url, link)


def url_from(source: str) -> UrlOf:
    """Return how to make URLs: from a template with `{sku}`, or from the attribute of this name."""
    if "{sku}" in source:
        return lambda sku, _: source.replace("{sku}", quote(sku, safe=""))
    return lambda _, attributes: _web_address(attributes.get(source))


@dataclass
class Mailing:
    """Chooses items for customers; `add` the items first, then `start`."""

    fields: MailFields
    options: ServingOptions
    language: Language = "en"
    """Of the reasons."""
    titles: dict[str, str] = field(default_factory=dict)
    """Titles by SKU, of all items that are not hidden: reasons name them."""
    _offers: dict[str, Offer] = field(default_factory=dict)
    _cards: dict[str, Card] = field(default_factory=dict)
    _popular: Sequence[ListedItem] = ()
    _pinned: Sequence[ListedItem] = ()

    def add(self, sku: str, card: Card) -> None:
        """Add an item; it is shown if it is available, matches the filter and has all fields."""
        if card.availability is Availability.HIDDEN:
            return
        if title := self.fields.title_of(card.attributes):
            self.titles[sku] = title
        options = self.options
        is_match = options.filter is None or options.filter.matches(card.attributes)
        if not is_match or card.availability not in options.availabilities:
            return
        if offer := self.fields.offer_of(sku, card.attributes):
            self._cards[sku], self._offers[sku] = card, offer

    def start(self, popular: Iterable[ListedItem]) -> None:
        """Set the popular items, best first, that complete lists that are too short."""
        self.options = replace(self.options, filter=None)  # `add` has checked it
        rules = self.options.rules
        items = list(eligible(popular, self._cards.get, self.options))
        self._popular = [item.candidate for item in reorder(exclude(items, rules), rules)]
        self._pinned = [ListedItem(sku, _NO_REASON) for sku in rules.pinned_skus]

    def choose(
        self, listed: Iterable[ListedItem], bought: Callable[[], Container[str]]
    ) -> list[ListedItem]:
        """Return the items for a customer, best first: those that their list shows now.

        Args:
            listed: the customer's list, best first.
            bought: returns what the customer bought last; called if the list is too short.
        """
        rows = select(listed, self._cards.get, self.options, self._pinned)
        if len(rows) < self.options.limit:
            rows += self._filling(rows, bought())
        return [row.candidate for row in rows]

    def _filling(
        self, rows: Sequence[Selected[ListedItem]], bought: Container[str]
    ) -> list[Selected[ListedItem]]:
        chosen = {row.sku for row in rows} | {sku for row in rows for sku in row.variants}
        popular = [row for row in self._popular if row.sku not in chosen and row.sku not in bought]
        together = [*(row.candidate for row in rows), *popular]  # groups count what comes before
        both = select(together, self._cards.get, replace(self.options, rules=NO_RULES))
        return [row for row in both if row.sku not in chosen][: self.options.limit - len(rows)]

    def describe(self, item: ListedItem) -> MailItem:
        """Return what a customer is shown of an item; all items that reasons name are added."""
        reason = explain(item.reasons, self.titles, self.language)
        return MailItem(item.sku, self._offers[item.sku], reason)


def explain(
    reasons: Iterable[Reason], titles: Mapping[str, str], language: Language = "en"
) -> MailReason:
    """Return the first reason that has words; one that names an item needs the item's title."""
    explained = filter(None, (_explain(reason, titles, language) for reason in reasons))
    return next(explained, MailReason(reason_in_words("other", language), "other"))


def _explain(reason: Reason, titles: Mapping[str, str], language: Language) -> MailReason | None:
    match reason:
        case BoughtBefore() | Popular() | New():
            return MailReason(reason_in_words(reason.kind, language), reason.kind)
        case BoughtTogether(with_sku=sku) | LooksLike(with_sku=sku) if title := titles.get(sku):
            return MailReason(reason_in_words(reason.kind, language, title), reason.kind, title)
        case BoughtTogether() | LooksLike() | ByRule():
            return None


def _single(value: Any) -> str | int | float | None:
    """Return a text or number; None for all other values."""
    is_single = isinstance(value, str | int | float) and not isinstance(value, bool)
    return value if is_single and value != "" else None


def _web_address(value: Any) -> str | None:
    """Return a URL that an e-mail can link to; None for any other value."""
    if not isinstance(value, str):
        return None
    url = value.strip().replace(" ", "%20")
    is_web = url.lower().startswith(("https://", "http://"))
    return url if is_web and url.isprintable() else None
