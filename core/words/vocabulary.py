"""The words that Lookalike knows in five languages: colours, and kinds of goods.

Of the 1,000 classes of ImageNet, `data/classes.tsv` has those of clothes, shoes, bags, jewellery,
furniture, household goods, electronics, tools, toys and sports; animals, plants, food, vehicles,
buildings and landscapes are left out. Its numbers are the classes' places among the 1,000. Where
none of the 1,000 is the kind itself, `seen_as` names those that stand for it: there is no class of
skirts, but one of miniskirts.
"""

from collections.abc import Iterator, Mapping, Sequence
from csv import DictReader
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

from core.colours import COLOURS, Lab
from core.words.stems import stems

_DATA = Path(__file__).with_name("data")
_LANGUAGES = ("en", "de", "fr", "it", "es")
_COMPOUND_END = 4  # letters of the last part of a compound, at least, and of what is before it
_ADJECTIVE_ENDINGS = ("er", "em")  # of German; other endings are no part of a stem
_COLOUR_ENDINGS = ("farben", "farbene", "farbig")  # `khakifarben`


@dataclass(frozen=True)
class Concept:
    """What a word stands for: a colour or a kind of goods."""

    kind: Literal["colour", "class"]
    name: str
    """The English name."""
    broader: tuple[str, ...] = ()
    """The names of the concepts that include it: a sandal is a shoe."""
    classes: tuple[int, ...] = ()
    """The classes of ImageNet that show a kind of goods."""
    seen_as: tuple[str, ...] = ()
    """The English names of the classes if none of them is the kind itself: they approximate it."""
    lab: tuple[Lab, ...] = ()
    """Samples of a colour in CIELAB."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The words under which items of this concept are indexed, its own first."""
        return tuple(f"={name}" for name in (self.name, *self.broader))


@dataclass(frozen=True)
class Vocabulary:
    """All known phrases, as stems."""

    phrases: Mapping[tuple[str, ...], Concept]
    compounds: Mapping[str, Concept]
    """German words that are often the last part of a compound: `Kleid` in `Sommerkleid`."""
    longest: Mapping[str, int]
    """By the first stem of a phrase: how many stems the longest such phrase has."""
    neighbours: frozenset[tuple[str, str]]
    """The pairs of stems that follow each other in phrases."""

    def find(self, words: Sequence[str], place: int = 0) -> tuple[Concept | None, int]:
        """Return the concept at a place among stems, and how many of them name it.

        If there is none, return None and 1.
        """
        for count in range(self.longest.get(words[place], 0), 0, -1):
            if concept := self.phrases.get(tuple(words[place : place + count])):
                return concept, count
        return _last_part(words[place]), 1


@lru_cache(maxsize=50_000)
def _last_part(word: str) -> Concept | None:
    """Return the concept of the last part of a compound; None if the word is no known compound."""
    compounds = vocabulary().compounds
    ends = (word[start:] for start in range(_COMPOUND_END, len(word) - _COMPOUND_END + 1))
    return next((compounds[end] for end in ends if end in compounds), None)


@cache
def vocabulary() -> Vocabulary:
    """Return the words of the data files."""
    phrases: dict[tuple[str, ...], Concept] = {}
    compounds: dict[str, Concept] = {}
    for row, concept in [*_classes(), *_colours()]:
        for language in _LANGUAGES:
            for phrase in _phrases(row, language, concept):
                phrases.setdefault(phrase, concept)
                if language == "de" and len(phrase) == 1 and len(phrase[0]) >= _COMPOUND_END:
                    compounds.setdefault(phrase[0], concept)
    longest = {phrase[0]: len(phrase) for phrase in sorted(phrases, key=len)}
    neighbours = frozenset(pair for phrase in phrases for pair in pairwise(phrase))
    return Vocabulary(phrases, compounds, longest, neighbours)


def _classes() -> Iterator[tuple[dict[str, str], Concept]]:
    rows = _read("classes.tsv")
    broader = {row["name"]: row["broader"] for row in rows}
    for row in rows:
        classes = tuple(map(int, row["classes"].split()))
        names = tuple(_chain(row["broader"], broader))
        seen_as = tuple(row["seen_as"].split(", ")) if row["seen_as"] else ()
        yield row, Concept("class", row["name"], names, classes, seen_as)


def _chain(name: str, broader: Mapping[str, str]) -> Iterator[str]:
    while name:
        yield name
        name = broader[name]


def _colours() -> Iterator[tuple[dict[str, str], Concept]]:
    basic = {colour.name: colour.samples for colour in COLOURS}
    for row in _read("colours.tsv"):
        samples = tuple(_lab(text) for text in row["lab"].split(";") if text)
        broader = (row["basic"],) if row["basic"] else ()
        yield row, Concept("colour", row["name"], broader, lab=samples or basic[row["name"]])


def _lab(text: str) -> Lab:
    lightness, a, b = map(float, text.split())
    return lightness, a, b


def _phrases(row: dict[str, str], language: str, concept: Concept) -> Iterator[tuple[str, ...]]:
    is_german_colour = language == "de" and concept.kind == "colour"
    for phrase in row[language].split(","):
        for form in (phrase, *_compounds(phrase)) if is_german_colour else (phrase,):
            words = tuple(stems(form))
            yield words
            yield ("".join(words),)  # "tshirt"
            if is_german_colour:
                yield from (((*words[:-1], words[-1] + ending)) for ending in _ADJECTIVE_ENDINGS)


def _compounds(colour: str) -> Iterator[str]:
    return (colour + ending for ending in _COLOUR_ENDINGS)


def _read(name: str) -> list[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(DictReader(file, delimiter="\t"))
