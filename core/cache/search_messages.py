"""The messages of a search: the request, and the response with its matches or its problem."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.domain import Attributes, Availability
from core.errors import (
    Conflict,
    CoreError,
    InvalidInput,
    NotFound,
    NotInstalled,
    StorageFull,
    TooLarge,
    Unavailable,
    UnreadableImage,
    UnsupportedMediaType,
)
from core.rules import Rule

ERRORS: Mapping[str, type[CoreError]] = {
    error.code: error
    for error in (
        Conflict, InvalidInput, NotFound, NotInstalled, StorageFull, TooLarge, Unavailable,
        UnreadableImage, UnsupportedMediaType,
    )
}  # fmt: skip
"""The errors of a search by their code; an error with any other code becomes a `CoreError`."""


MAX_DEPTH = 1000
"""The number of matches on all pages of a search."""


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PageEnd(_Message):
    """Where a page of matches ends: the number of matches up to there, and the last one."""

    count: int
    sku: str


class SearchRequest(_Message):
    """A search by SKU, or by a text, the image that is sent with the request, or both."""

    collection: str
    sku: str | None = None
    text: str = ""
    limit: int = 10
    min_score: float = 0.0
    filter: str | None = None
    """The filter as sent by the client."""
    crop: tuple[float, float, float, float] | None = None
    exclude: tuple[str, ...] = ()
    """SKUs that are not shown."""
    include_out_of_stock: bool = True
    group: bool = True
    """Whether to show one item of each group, if the collection has groups."""
    at_most: dict[str, int] = {}
    """By attribute, how many items with the same value are shown."""
    diversity: float = 0.0
    colour: float | None = None
    """The weight of colour in scores, from 0 to 1; None: that of the vectors."""
    after: PageEnd | None = None
    """The end of the previous page."""
    rules: tuple[Rule, ...] = ()
    """The merchandising rules that apply."""


class SearchMatch(_Message):
    """An item with its most similar view, and its attributes."""

    sku: str
    view: str
    score: float
    attributes: Attributes
    availability: Availability = Availability.IN_STOCK
    variants: tuple[str, ...] = ()
    """The SKUs of the other matches of its group, best first."""
    rules: tuple[str, ...] = ()
    """The ids of the rules that name the item."""


class UnderstoodWords(_Message):
    """How words of the text were understood."""

    words: str
    """As they were sent."""
    kind: Literal["colour", "class", "attribute", "words", "unknown"]
    """`words`: the text that a text tower has read."""
    meaning: str = ""
    """The English name of the colour or the kind of goods, or the words; "" if unknown."""
    sources: tuple[Literal["attributes", "picture"], ...] = ()
    """Where items can have it; none: the word was ignored."""
    seen_as: tuple[str, ...] = ()
    """The kinds of goods that stand for the kind in images, if the network has no class of it."""


class SearchProblem(_Message):
    """The error of a search."""

    code: str
    detail: str


class SearchResponse(_Message):
    """Either the matches, best first, and the milliseconds that each stage took, or the problem."""

    matches: tuple[SearchMatch, ...] = ()
    has_more: bool = False
    """Whether there is a next page."""
    understood: tuple[UnderstoodWords, ...] = ()
    """The words of the text."""
    timings: dict[str, float] = {}
    problem: SearchProblem | None = None

    @classmethod
    def failed(cls, error: CoreError) -> "SearchResponse":
        """Return the response to a search that raised an error."""
        return cls(problem=SearchProblem(code=error.code, detail=error.detail))

    def raise_for_problem(self) -> None:
        """Raise the error if the search failed."""
        if self.problem:
            raise ERRORS.get(self.problem.code, CoreError)(self.problem.detail)
