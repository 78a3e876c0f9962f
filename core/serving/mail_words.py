"""The reasons of a mailing in words for the customer, in the languages of `core.words`.

The words fit any item: they need no article, participles agree with the language's word for
"article", and where a language bends names, the title stands in quotation marks. They fit any
shop, too: except in English, none addresses the customer, formally or not.
"""

from collections.abc import Mapping
from typing import Literal

Language = Literal["en", "de", "fr", "es", "it"]

WORDS: Mapping[str, Mapping[Language, str]] = {
    "bought_before": {
        "en": "You bought this before",
        "de": "Schon einmal gekauft",
        "fr": "Déjà acheté",
        "es": "Comprado anteriormente",
        "it": "Già acquistato",
    },
    "bought_together": {
        "en": "Often bought together with {title}",
        "de": "Oft zusammen mit „{title}“ gekauft",
        "fr": "Souvent acheté avec «\u00a0{title}\u00a0»",
        "es": "Suele comprarse junto con «{title}»",
        "it": "Si compra spesso con «{title}»",
    },
    "looks_like": {
        "en": "Looks like {title}",
        "de": "Ähnlich wie „{title}“",
        "fr": "Ressemble à «\u00a0{title}\u00a0»",
        "es": "Se parece a «{title}»",
        "it": "Simile a «{title}»",
    },
    "popular": {
        "en": "Popular with other customers",
        "de": "Bei anderen Kunden beliebt",
        "fr": "Apprécié par nos clients",
        "es": "Popular entre otros clientes",
        "it": "Piace anche ad altri clienti",
    },
    "new": {
        "en": "New in the shop",
        "de": "Neu im Shop",
        "fr": "Nouveauté de la boutique",
        "es": "Novedad en la tienda",
        "it": "Novità in negozio",
    },
    "other": {
        "en": "Chosen for you",
        "de": "Persönlich ausgewählt",
        "fr": "Sélection personnalisée",
        "es": "Selección personalizada",
        "it": "Selezione personalizzata",
    },
}
"""By the reason's kind; `{title}` stands for the title of the item that the reason names."""


def reason_in_words(kind: str, language: Language, title: str = "") -> str:
    """Return a reason in words."""
    return WORDS[kind][language].replace("{title}", title)
