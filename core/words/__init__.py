"""Words of searches: parsed into colours, kinds of goods, and words that attributes contain."""

from core.words.attribute_words import words_of
from core.words.parsing import MAX_TEXT, Phrase, has_negation, parse
from core.words.vocabulary import Concept

__all__ = ["MAX_TEXT", "Concept", "Phrase", "has_negation", "parse", "words_of"]
