"""Parses the text of a search into phrases: each names a concept, or is a word of its own."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.words.stems import stems
from core.words.vocabulary import Concept, vocabulary

MAX_TEXT = 200
"""Characters of a text that is searched for."""

_NEGATIONS = frozenset(stems("not no without non ohne nicht kein keine sans pas senza sin"))
_IGNORED = frozenset(
    stems(
        "a an and the this that these in of with for from to or my like "
        "ein eine einen einem einer und oder der die das den dem des dies dieser diese dieses mit "
        "für von im am aus "
        "un une des le la les l d du de et ou en à au aux avec pour ce cet cette dans "
        "uno una il lo i gli e o di del della con per questo questa da "
        "el los las y u para este esta estos"
    )
)


_PUNCTUATION = " ,.;:!?"


@dataclass(frozen=True)
class Phrase:
    """Words of a search that belong together."""

    words: str
    """As they were sent."""
    stems: tuple[str, ...]
    concept: Concept | None = None
    is_negated: bool = False
    """Whether a word such as `without` is before it: such words cannot be searched for."""


def parse(text: str) -> list[Phrase]:
    """Return the phrases of a text, each concept or word once; articles are left out."""
    phrases: dict[object, Phrase] = {}
    for phrase in _phrases(text):
        phrases.setdefault(phrase.concept or phrase.stems, phrase)
    return list(phrases.values())


def concepts_in(words: list[str]) -> Iterator[tuple[Concept | None, int]]:
    """Yield what the next stems stand for, and how many stems that are, from left to right."""
    known, place = vocabulary(), 0
    while place < len(words):
        concept, count = known.find(words, place)
        yield concept, count
        place += count


def _phrases(text: str) -> Iterator[Phrase]:
    written = [(word, stem) for word in text.split() for stem in stems(word)]
    place, negation = 0, ""
    for concept, count in concepts_in([stem for _, stem in written]):
        part = written[place : place + count]
        words, parts = " ".join(dict.fromkeys(word for word, _ in part)), tuple(s for _, s in part)
        place += count
        if concept is None and parts[0] in _NEGATIONS:
            negation = words
        elif concept or parts[0] not in _IGNORED:
            yield Phrase(
                f"{negation} {words}".strip(_PUNCTUATION), parts, concept, is_negated=bool(negation)
            )
            negation = ""
