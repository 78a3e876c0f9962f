"""Validates the cells of a sales file; the message of an error is the reason for rejection."""

import re
import unicodedata

from core.domain import SKU_LENGTH, check_sku, hash_email
from core.errors import InvalidInput
from core.sales.text_encoding import UNREADABLE

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,10}(?:[.,]0+)?", re.ASCII)
_EMAIL_ADDRESS = re.compile(r"[^@\s,;|\"']+@[^@\s,;|\"']+")
_INT32_MAX = 2**31 - 1


def read_sku(text: str) -> str:
    """Return a valid SKU.

    Raises:
        ValueError: the SKU is empty or invalid.
    """
    sku = read_label("sku", text)
    try:
        return check_sku(sku)
    except InvalidInput as exc:
        raise ValueError("sku contains a '/'") from exc


def read_user(text: str) -> str:
    """Return the name of a customer, or the MD5 of an e-mail address.

    Raises:
        ValueError: the name is invalid.
    """
    return hash_email(read_label("md5email", text))


def mask_addresses(text: str) -> str:
    """Replace every e-mail address in a text by its MD5."""
    return _EMAIL_ADDRESS.sub(lambda match: hash_email(match[0]), text)


def read_label(column: str, text: str, *, empty: bool = False) -> str:
    """Return a stripped name in the NFC form of Unicode; `empty` allows an empty name.

    Raises:
        ValueError: the name is empty, too long or not printable.
    """
    text = text.strip()
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).strip()
    if not text and not empty:
        raise ValueError(f"{column} is empty")
    if len(text) > SKU_LENGTH:
        raise ValueError(f"{column} has more than {SKU_LENGTH} characters")
    if not text.isprintable():
        raise ValueError(f"{column} contains unprintable characters")
    if UNREADABLE in text:
        raise ValueError(f"{column} contains bytes that are invalid in the file's encoding")
    return text


def read_quantity(text: str) -> int:
    """Return the number of pieces, which is negative for a return.

    Raises:
        ValueError: the quantity is not a whole number, is 0, or needs more than 32 bits.
    """
    text = text.strip()
    if not _WHOLE_NUMBER.fullmatch(text):
        raise ValueError("quantity is not a whole number")
    quantity = int(re.split("[.,]", text)[0])
    if quantity == 0:
        raise ValueError("quantity is 0")
    if abs(quantity) > _INT32_MAX:
        raise ValueError("quantity is too large")
    return quantity
