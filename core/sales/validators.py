"""Validates the cells of a sales file; the message of an error is the reason for rejection."""

import re
import unicodedata
from collections.abc import Callable

from core.domain import SKU_LENGTH, canonical_user, check_sku, check_user
from core.errors import InvalidInput
from core.sales.header import column_in_words
from core.sales.missing_values import is_no_customer
from core.tables.cells import is_missing, is_rounded, unmark
from core.tables.text_encoding import UNREADABLE

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,10}(?:[.,]0+)?", re.ASCII)
_EMAIL_ADDRESS = re.compile(r"[^@\s,;|\"'<>()\[\]]+@[^@\s,;|\"'<>()\[\]]+")
_BRACKETS = re.compile(r"[<>()\[\],;|\"]")
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,]000", re.ASCII)
_NAMIBIA = ("country", "NA")
_INT32_MAX = 2**31 - 1


def read_sku(text: str) -> str:
    """Return a valid SKU.

    Raises:
        ValueError: the SKU is empty or invalid.
    """
    sku = read_name("sku", text)
    return sku if sku.isalnum() else _checked(check_sku, sku)


def read_user(text: str) -> str:
    """Return the name of a customer, or the MD5 of an e-mail address.

    Raises:
        ValueError: the name is invalid, or stands for no customer, such as `guest`.
    """
    name = read_name("md5email", text)
    user = canonical_user(_only_address(name) if "@" in name else name)
    if is_no_customer(user):
        raise ValueError(f"{column_in_words('md5email')} is only a placeholder: {name[:40]}")
    return user if user.isalnum() else _checked(check_user, user)


def _checked(check: Callable[[str], str], name: str) -> str:
    try:
        return check(name)
    except InvalidInput as exc:
        raise ValueError(exc.detail) from exc


def mask_addresses(text: str) -> str:
    """Replace every e-mail address in a text by its MD5."""
    return _EMAIL_ADDRESS.sub(lambda match: canonical_user(match[0]), text)


def read_name(column: str, text: str) -> str:
    """Return a label that identifies a customer, an item or an order.

    Raises:
        ValueError: the label is empty or invalid, or a spreadsheet has rounded it.
    """
    label = read_label(column, text)
    if is_missing(label):
        raise ValueError(f"{column_in_words(column)} is empty" + (f": {label}" if label else ""))
    if is_rounded(label):
        raise ValueError(
            f"{column_in_words(column)} was rounded by a spreadsheet; export the column as text"
        )
    return label


def read_label(column: str, text: str) -> str:
    """Return a stripped label in the NFC form of Unicode; it may be empty.

    The marks with which spreadsheets keep a number as text are removed: '02134 and ="02134" become
    02134.

    Raises:
        ValueError: the label is too long or not printable.
    """
    text = text.strip()
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).strip()
    text = unmark(text)
    if len(text) > SKU_LENGTH:
        raise ValueError(f"{column_in_words(column)} has more than {SKU_LENGTH} characters")
    if not text.isprintable():
        raise ValueError(f"{column_in_words(column)} contains unprintable characters")
    if UNREADABLE in text:
        raise ValueError(
            f"{column_in_words(column)} contains bytes that are invalid in the file's encoding"
        )
    return text


def read_place(column: str, text: str) -> str:
    """Return a postal code or country; "" if the cell has a placeholder such as `NULL`.

    Raises:
        ValueError: the label is too long or not printable.
    """
    label = read_label(column, text)
    return "" if is_missing(label) and (column, label) != _NAMIBIA else label


def read_quantity(text: str) -> int:
    """Return the number of pieces, which is negative for a return.

    Raises:
        ValueError: the quantity is not a whole number, may have a thousands separator (`1,000`),
            is 0, or needs more than 32 bits.
    """
    text = text.strip()
    if _THOUSANDS.fullmatch(text):
        raise ValueError(
            "quantity is ambiguous: it has either a thousands separator or three decimal places"
        )
    if not _WHOLE_NUMBER.fullmatch(text):
        raise ValueError("quantity is not a whole number")
    quantity = int(re.split("[.,]", text)[0])
    if quantity == 0:
        raise ValueError("quantity is 0")
    if abs(quantity) > _INT32_MAX:
        raise ValueError("quantity is too large")
    return quantity


def _only_address(name: str) -> str:
    """Return the address in a text like `Ann <ann@example.org>`; a bare address is unchanged."""
    name = name.strip("'")
    if not _BRACKETS.search(name) and canonical_user(name) != name:
        return name
    addresses = _EMAIL_ADDRESS.findall(name)
    if len(addresses) > 1:
        raise ValueError(f"{column_in_words('md5email')} contains more than one e-mail address")
    return addresses[0] if addresses else name
