"""Parses the text of a search into phrases: each names a concept, or is a word of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

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


class Meaning(NamedTuple):
    """What stems at some places of a text stand for; one without a concept has one place."""

    concept: Concept | None
    places: tuple[int, ...]


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


def has_negation(text: str) -> bool:
    """Return whether a word of a text such as `without` negates another, or the end of it."""
    return not _NEGATIONS.isdisjoint(stems(text))


def concepts_in(words: Sequence[str]) -> list[Meaning]:
    """Return what stems stand for, from left to right.

    A colour may be inside a phrase: "kurze schwarze Hose".
    """
    meanings = _from_left(words, range(len(words)))
    colours = [part for part in meanings if part.concept and part.concept.kind == "colour"]
    taken = {place for part in colours for place in part.places}
    others = [place for place in range(len(words)) if place not in taken]
    gaps = ((words[a], words[b]) for a, b in pairwise(others) if b > a + 1)
    if vocabulary().neighbours.isdisjoint(gaps):
        return meanings
    joined = _from_left(words, others)
    if _count_unknown(joined) == _count_unknown(meanings):  # two kinds, with a colour between them
        return meanings
    return sorted([*colours, *joined], key=lambda part: part.places)


def _count_unknown(meanings: Sequence[Meaning]) -> int:
    return sum(part.concept is None for part in meanings)


def _from_left(words: Sequence[str], places: Sequence[int]) -> list[Meaning]:
    """Return what the stems at some places stand for, as if there were no others."""
    known, rest, start = vocabulary(), [words[place] for place in places], 0
    meanings: list[Meaning] = []
    while start < len(rest):
        concept, count = known.find(rest, start)
        meanings.append(Meaning(concept, tuple(places[start : start + count])))
        start += count
    return meanings


def _phrases(text: str) -> Iterator[Phrase]:
    written = [(word, stem) for word in text.split() for stem in stems(word)]
    negation = ""
    for meaning in concepts_in([stem for _, stem in written]):
        concept, part = meaning.concept, [written[place] for place in meaning.places]
        words, parts = " ".join(dict.fromkeys(word for word, _ in part)), tuple(s for _, s in part)
        if concept is None and parts[0] in _NEGATIONS:
            negation = words
        elif concept or parts[0] not in _IGNORED:
            yield Phrase(
                f"{negation} {words}".strip(_PUNCTUATION), parts, concept, is_negated=bool(negation)
            )
            negation = ""
