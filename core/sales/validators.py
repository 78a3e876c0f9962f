"""What a cell of a sales file may say. Errors are a row's reason to be set aside."""

import re
import unicodedata

from core.domain import SKU_LENGTH, check_sku, user_of
from core.errors import InvalidInput
from core.sales.text_encoding import UNREADABLE

_WHOLE = re.compile(r"[+-]?[0-9]{1,10}(?:[.,]0+)?", re.ASCII)
_ADDRESS = re.compile(r"[^@\s,;|\"']+@[^@\s,;|\"']+")
_INT32 = 2**31 - 1


def read_sku(text: str) -> str:
    """A sku, as items are named.

    Raises:
        ValueError: it is empty, or items cannot be named so.
    """
    sku = read_label("sku", text)
    try:
        return check_sku(sku)
    except InvalidInput as exc:
        raise ValueError("sku has a '/'") from exc


def read_user(text: str) -> str:
    """A customer's name; of an e-mail address, its digest.

    Raises:
        ValueError: it is no name.
    """
    return user_of(read_label("md5email", text))


def without_addresses(text: str) -> str:
    """A text with the digests of the e-mail addresses that were in it."""
    return _ADDRESS.sub(lambda found: user_of(found[0]), text)


def read_label(column: str, text: str, *, empty: bool = False) -> str:
    """A name of something, in Unicode's NFC form and without blanks around.

    Raises:
        ValueError: it is empty, though it must not be, too long, or not printable.
    """
    text = text.strip()
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).strip()
    if not text and not empty:
        raise ValueError(f"{column} is empty")
    if len(text) > SKU_LENGTH:
        raise ValueError(f"{column} has more than {SKU_LENGTH} characters")
    if not text.isprintable():
        raise ValueError(f"{column} has characters that cannot be printed")
    if UNREADABLE in text:
        raise ValueError(f"{column} has bytes that are not in the file's encoding")
    return text


def read_quantity(text: str) -> int:
    """How many were sold; less than 0 is a return.

    Raises:
        ValueError: it is not a whole number, 0, or beyond 32 bits.
    """
    text = text.strip()
    if not _WHOLE.fullmatch(text):
        raise ValueError("quantity is not a whole number")
    quantity = int(re.split("[.,]", text)[0])
    if quantity == 0:
        raise ValueError("quantity is 0")
    if abs(quantity) > _INT32:
        raise ValueError("quantity is too large")
    return quantity
