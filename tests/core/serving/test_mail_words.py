"""The words of a mailing's reasons: complete in every language, with titles where they belong."""

from typing import get_args, get_type_hints

import pytest

from core.recommendations import BoughtTogether, ByRule, LooksLike, Reason
from core.serving.mail_words import WORDS, Language, reason_in_words
from core.words import vocabulary


def kind_of(reason):
    return get_args(get_type_hints(reason)["kind"])[0]


KINDS = {kind_of(reason) for reason in get_args(get_args(Reason)[0]) if reason is not ByRule}
NAMES_AN_ITEM = {kind_of(BoughtTogether), kind_of(LooksLike)}
LANGUAGES = get_args(Language)


def test_the_languages_are_those_of_the_word_lists():
    assert sorted(LANGUAGES) == sorted(vocabulary._LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_words_of_its_own_in_every_language(language):
    texts = {kind: words[language] for kind, words in WORDS.items()}
    assert texts.keys() == KINDS | {"other"}
    assert len(set(texts.values())) == len(texts)
    assert {kind for kind, text in texts.items() if "{title}" in text} == NAMES_AN_ITEM
    others = {words[other] for words in WORDS.values() for other in LANGUAGES if other != language}
    assert others.isdisjoint(texts.values())


def test_a_title_is_shown_as_it_is():
    assert reason_in_words("looks_like", "es", "{title} 5%") == "Se parece a «{title} 5%»"
