"""Words in the form in which they are compared: no capitals, accents, hyphens or plural endings."""

import re
import unicodedata
from functools import lru_cache

_TOKEN = re.compile(
    r"(?:schwarz|blau|rot|grun|grau|gelb)(?=weiss)|weiss(?=schwarz|blau|rot|grun|grau|gelb)|[^\W_]+"
)
"""A word; of German `schwarzweiß`, each colour is one."""
_FULL_LENGTH = 4
"""Words of at most so many letters keep their final vowel: `cape` is not `cap`."""


def stems(text: str) -> list[str]:
    """Return the stems of the words of a text, in their order."""
    folded = text.casefold()
    plain = folded if folded.isascii() else _without_accents(folded)
    return [_stem(token) for token in _TOKEN.findall(plain)]


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


@lru_cache(maxsize=50_000)
def _stem(token: str) -> str:
    """Return a word without the endings of plurals and genders in five languages.

    English `dresses`, German `blaues`, `Stiefeln`, French `rouges`, Italian `rosse`, Spanish
    `camisas`.
    """
    if len(token) > _FULL_LENGTH and token.endswith("ies"):
        token = token[:-3] + "y"
    if len(token) > 3 and token.endswith(("s", "x")) and not token.endswith("ss"):
        token = token[:-1]
    if len(token) > _FULL_LENGTH + 1 and token.endswith("en"):
        token = token[:-2]
    elif len(token) > _FULL_LENGTH + 1 and token.endswith(("eln", "ern")):
        token = token[:-1]
    while len(token) > _FULL_LENGTH and token.endswith(("a", "e", "i", "o", "y")):
        token = token[:-1]
    return token
