"""Turns a text into the tokens that a text tower takes."""

import string
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from core.encoders.onnx.description import TextDescription
from core.errors import NotInstalled

Tokens = NDArray[np.int64]

_UNKNOWN = "ꙮ 𓀀"
"""Letters that no shop uses, so that hardly any tokenizer knows them."""
_NO_PUNCTUATION = str.maketrans("_", " ", string.punctuation.replace("_", ""))


class TextTokenizer:
    """A tokenizer from a `tokenizer.json`, with the length and the padding of a description."""

    def __init__(self, path: Path, text: TextDescription) -> None:
        """Read the file.

        Raises:
            NotInstalled: it is not the file of a tokenizer, or lacks the token to pad with or that
                for unknown words.
        """
        self._cleaning, self._tokenizer = text.cleaning, _read(path)
        padding = self._tokenizer.token_to_id(text.padding)
        if padding is None:
            raise NotInstalled(f"{path} has no token {text.padding!r}; correct `padding`")
        self._tokenizer.enable_truncation(text.context)
        self._tokenizer.enable_padding(
            direction=text.padding_side,
            pad_id=padding,
            pad_token=text.padding,
            length=text.context,
        )
        # a text such as "</s>" must not end the text
        self._tokenizer.encode_special_tokens = True
        self._check_unknown_words(path)

    @property
    def count(self) -> int:
        """The number of tokens that a network must know: all that the rows of texts can contain.

        Of the special tokens, these are the padding, those that mark the ends of a text, and that
        for unknown words.
        """
        added = self._tokenizer.get_added_tokens_decoder()
        special = {token for token, entry in added.items() if entry.special}
        ordinary = set(self._tokenizer.get_vocab().values()) - special
        rows = (self._tokenizer.encode(text).ids for text in ("", _UNKNOWN))
        return 1 + max(ordinary.union(*rows))

    def tokens_of(self, text: str) -> tuple[Tokens, Tokens]:
        """Return the tokens of a text, and 1 for each that is no padding: each is (context,)."""
        encoding = self._tokenizer.encode(clean(text, self._cleaning))
        return np.array(encoding.ids), np.array(encoding.attention_mask)

    def _check_unknown_words(self, path: Path) -> None:
        try:
            self.tokens_of(_UNKNOWN)
        except Exception as exc:  # the library raises nothing more specific
            raise NotInstalled(
                f"{path} has no token for unknown words: {exc}; use the file that belongs to the "
                "network"
            ) from exc


def clean(text: str, cleaning: str) -> str:
    """Return the text as the description says.

    `canonical` is SigLIP's way: without ASCII punctuation, in lower case, with single spaces.
    """
    match cleaning:
        case "canonical":
            return " ".join(text.translate(_NO_PUNCTUATION).lower().split())
        case "lower":
            return text.lower()
        case _:
            return text


def _read(path: Path) -> Tokenizer:
    try:
        return Tokenizer.from_str(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise NotInstalled(f"{path} cannot be read: {exc.strerror}") from exc
    except Exception as exc:  # the library raises nothing more specific
        raise NotInstalled(f"{path} is not the file of a tokenizer: {exc}") from exc
