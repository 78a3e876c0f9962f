"""The words of an item's attributes, under which an index finds it."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

from core.domain import Attributes
from core.words.parsing import concepts_in
from core.words.stems import stems

_MAX_CHARACTERS = 300
"""Of each text: names, categories and tags are shorter, descriptions longer."""
_MAX_TEXTS = 100


def words_of(attributes: Attributes) -> set[str]:
    """Return the stems of an item's texts, and the keys of the concepts that they name.

    Of each text, the first 300 characters count; of each item, the first 100 texts.
    """
    texts = islice(_texts(attributes), _MAX_TEXTS)
    return set().union(*(_words_of_text(text[:_MAX_CHARACTERS]) for text in texts))


@lru_cache(maxsize=10_000)  # the same categories and colours occur in many items
def _words_of_text(text: str) -> frozenset[str]:
    words = stems(text)
    concepts = (meaning.concept for meaning in concepts_in(words))
    keys = (key for concept in concepts if concept for key in concept.keys)
    return frozenset([*words, *keys])


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for element in value:
                yield from _texts(element)
        case dict():
            for element in value.values():
                yield from _texts(element)
