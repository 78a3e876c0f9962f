"""What the words of a search mean in a collection, and where items can have them."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from core.cache.search_messages import UnderstoodWords
from core.encoders.recipes.fitting import Statistics
from core.encoders.recipes.layout import Layout, layout_of
from core.encoders.recipes.word_queries import class_query, colour_query, direction_query
from core.errors import Conflict, CoreError, InvalidInput, NotInstalled
from core.pipelines.services import Services
from core.storage import Collection
from core.vectors import Vector
from core.words import Concept, Phrase, has_negation, parse

log = logging.getLogger(__name__)

_MAX_PHRASES = 8


@dataclass(frozen=True)
class Evidence:
    """A phrase of the text, with what speaks for it."""

    phrase: Phrase
    skus: frozenset[str]
    """Items whose attributes contain it: their evidence is 1."""
    query: Vector | None
    """The evidence of an image is its dot product with this vector; None if images show nothing."""
    is_whole: bool = False
    """Whether the phrase is the whole text, as the encoder's text tower has read it."""
    fault: CoreError | None = None
    """Why the text tower could not be used, which may know more of it."""

    @property
    def is_known(self) -> bool:
        """Whether any item can have evidence."""
        return bool(self.skus) or self.query is not None

    @property
    def wants_text_tower(self) -> bool:
        """Whether a text tower, which reads whole texts, finds more than is known so far.

        It does not for colours that images show, and words that only attributes contain.
        """
        is_found = self.query is not None or (self.phrase.concept is None and self.skus)
        return not (is_found or self.phrase.is_negated)

    @property
    def names_colour(self) -> bool:
        """Whether the phrase is a colour."""
        return self.phrase.concept is not None and self.phrase.concept.kind == "colour"

    @property
    def understood(self) -> UnderstoodWords:
        """How the phrase was understood."""
        concept, words = self.phrase.concept, self.phrase.words
        if self.is_whole:
            return UnderstoodWords(words=words, kind="words", meaning=words, sources=("picture",))
        if self.phrase.is_negated or (concept is None and not self.skus):
            return UnderstoodWords(words=words, kind="unknown")
        return UnderstoodWords(
            words=words,
            kind=concept.kind if concept else "attribute",
            meaning=concept.name if concept else words,
            sources=tuple(self._sources()),
            seen_as=concept.seen_as if concept and self.query is not None else (),
        )

    def _sources(self) -> Iterator[Literal["attributes", "picture"]]:
        if self.skus:
            yield "attributes"
        if self.query is not None:
            yield "picture"


def find_evidence(text: str, collection: Collection, services: Services) -> list[Evidence]:
    """Return the evidence for each phrase of a text; none for a text without words.

    Raises:
        InvalidInput: the text has too many words.
        Unavailable: Redis does not respond, or the words of attributes are being restored.
    """
    phrases = parse(text)
    if len(phrases) > _MAX_PHRASES:
        raise InvalidInput(f"text: {len(phrases)} words are too many; send {_MAX_PHRASES} at most")
    usable = [phrase for phrase in phrases if not phrase.is_negated]
    words = {word for phrase in usable for word in _indexed_words(phrase)}
    index = services.word_index.find(collection.name, words) if words else {}
    pictures = _Pictures(collection, services)
    evidence = [
        Evidence(phrase, frozenset(), None)
        if phrase.is_negated
        else Evidence(phrase, _items_with(phrase, index), pictures.query(phrase.concept))
        for phrase in phrases
    ]
    return _with_whole_text(text, evidence, pictures)


def _with_whole_text(text: str, evidence: list[Evidence], pictures: "_Pictures") -> list[Evidence]:
    """Let the encoder's text tower, if it has one, read a text of which images show too little.

    It reads everything but negated words, which it would take for their contrary. Words that only
    it knows are then no phrases of their own.
    """
    if not any(part.wants_text_tower for part in evidence):
        return evidence
    usable = [part.phrase.words for part in evidence if not part.phrase.is_negated]
    words = " ".join(usable if has_negation(text) else text.split())
    try:
        query = pictures.text_query(words)
    except (NotInstalled, Conflict) as exc:
        _warn_once(exc.detail)
        return [replace(part, fault=exc) for part in evidence]
    if query is None:
        return evidence
    others = [part for part in evidence if part.is_known or part.phrase.is_negated]
    return [*others, Evidence(Phrase(words, ()), frozenset(), query, is_whole=True)]


@lru_cache(maxsize=16)
def _warn_once(fault: str) -> None:
    log.warning("searches by words do without the text tower: %s", fault)


def check_is_searchable(evidence: Sequence[Evidence], colour: float | None) -> None:
    """Check that the text alone can be searched for.

    Raises:
        InvalidInput: it cannot; the message says what to send instead.
        NotInstalled, Conflict: only the text tower could know it, which cannot be used.
    """
    if not any(part.is_known for part in evidence):
        if fault := next((part.fault for part in evidence if part.fault), None):
            raise fault
        if negated := [part.phrase.words for part in evidence if part.phrase.is_negated]:
            raise InvalidInput(
                f"text: {', '.join(negated)!r} only says what to leave out; say what to search for"
            )
        raise InvalidInput(
            "text: none of these words is known. Send words that attributes of items contain, "
            "colours, or kinds of goods, such as 'red t-shirt' or 'blaue Jeans'; or add an image"
        )
    if colour is not None:
        raise InvalidInput(
            "`colour` is the weight of the colours of an image; leave it out, or add an image"
        )


def image_colour(
    evidence: Sequence[Evidence], layout: Layout, colour: float | None
) -> float | None:
    """Return the weight of the image's own colours: none if the text names the colour to find.

    Raises:
        InvalidInput: a weight is given, too.
    """
    words = [part.phrase.words for part in evidence if part.is_known and part.names_colour]
    if not words or "colour" not in layout.weights:
        return colour
    if colour is not None:
        raise InvalidInput(
            f"`colour` is the weight of the image's colours, but the text names the colour to find "
            f"({', '.join(words)}); leave out one of them"
        )
    return 0.0


def _indexed_words(phrase: Phrase) -> tuple[str, ...]:
    return phrase.concept.keys[:1] if phrase.concept else phrase.stems


def _items_with(phrase: Phrase, index: dict[str, frozenset[str]]) -> frozenset[str]:
    return frozenset.intersection(*(index[word] for word in _indexed_words(phrase)))


class _Pictures:
    """Makes queries for the images of a collection."""

    def __init__(self, collection: Collection, services: Services) -> None:
        self._layout: Layout = layout_of(collection.encoder)
        self._identity, self._services = collection.encoder, services

    def query(self, concept: Concept | None) -> Vector | None:
        """Return the query for a concept; None if the vectors cannot show it."""
        if concept is None:
            return None
        if concept.kind == "colour":
            basic = concept.broader[0] if concept.broader else concept.name
            return colour_query(concept.lab, basic, self._layout)
        head = self._services.class_head(self._identity) if concept.classes else None
        if head is None:
            return None
        return class_query(head, concept.classes, self._layout, self._statistics())

    def text_query(self, text: str) -> Vector | None:
        """Return the query for a text; None if no text tower can read it."""
        tower = self._services.text_tower(self._identity)
        direction = None if tower is None else tower.direction(text)
        if direction is None:
            return None
        return direction_query(direction, self._layout, self._statistics())

    def _statistics(self) -> Statistics | None:
        if not self._identity.statistics:
            return None
        return self._services.get_encoder(self._identity).statistics
