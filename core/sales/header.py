"""Which column of a sales file is which: as the caller says, by the contract's name, or by others.

Six must be there, in any order and case; `quantity` may be. What else there is, is passed over.
"""

from collections.abc import Mapping, Sequence

from core.errors import InvalidInput, TooLarge

COLUMNS = ("md5email", "sku", "order_id", "zip", "country", "created_at")
QUANTITY = "quantity"
MAX_COLUMNS = 1000
_ALL = (*COLUMNS, QUANTITY)
# what shops call them; the first that is there is taken
OTHERS = {
    "md5email": "email email_address customer_email customer_id customer user_id user client_id "
    "client buyer",
    "sku": "product_sku variant_sku item_sku lineitem_sku product_id product item_id item "
    "article_id article",
    "order_id": "order order_number order_no transaction_id transaction invoice_id invoice_no "
    "invoice",
    "zip": "zip_code postcode postal_code plz shipping_zip billing_zip",
    "country": "country_code shipping_country billing_country",
    "created_at": "created order_date ordered_at purchase_date purchased_at invoice_date date "
    "datetime timestamp time",
    "quantity": "qty lineitem_quantity units pieces",
}


def read_columns(text: str) -> dict[str, str]:
    """What a caller says of columns: `md5email:customer,sku:article`, ours before the file's.

    Raises:
        InvalidInput: it is written otherwise, or names a column that is none of ours.
    """
    pairs = [one.partition(":") for one in text.split(",") if one.strip()]
    for ours, _, named in pairs:
        if ours.strip() not in _ALL or not named.strip():
            raise InvalidInput(
                f"columns: {ours[:80]!r}: use pairs like md5email:customer,sku:article; "
                f"ours are {', '.join(_ALL)}"
            )
    return {ours.strip(): named.strip() for ours, _, named in pairs}


def places_of(header: Sequence[str], said: Mapping[str, str]) -> dict[str, int]:
    """Where each of our columns is in the file, counted from 0.

    Raises:
        InvalidInput: columns are missing, which are named, or there twice.
        TooLarge: the header has too many columns.
    """
    if len(header) > MAX_COLUMNS:
        raise TooLarge(f"the sales file has {len(header):,} columns; the limit is {MAX_COLUMNS:,}")
    names = [_plain(name) for name in header]
    chosen = {ours: _chosen(ours, names, said) for ours in _ALL}
    missing = [ours for ours in (*COLUMNS, *said) if chosen[ours] is None]
    if missing:
        raise _lacking(list(dict.fromkeys(missing)), header, said)
    there = {ours: name for ours, name in chosen.items() if name is not None}
    if twice := [ours for ours, name in there.items() if names.count(name) > 1]:
        raise InvalidInput(f"the sales file has more than one column {' and '.join(twice)}")
    return {ours: names.index(name) for ours, name in there.items()}


def known(header: Sequence[str], said: Mapping[str, str]) -> int:
    """How many of our columns a header has."""
    names = [_plain(name) for name in header]
    return sum(_chosen(ours, names, said) is not None for ours in _ALL)


def _chosen(ours: str, names: Sequence[str], said: Mapping[str, str]) -> str | None:
    others = [said[ours]] if ours in said else [ours, *OTHERS[ours].split()]
    return next((name for name in map(_plain, others) if name in names), None)


def _plain(name: str) -> str:
    """A column's name without what shops write differently: `Order ID` is `order_id`."""
    return "".join(filter(str.isalnum, name.casefold()))


def _lacking(missing: list[str], header: Sequence[str], said: Mapping[str, str]) -> InvalidInput:
    if not all(map(str.isprintable, header)):
        return InvalidInput("the sales file is not a CSV file: it begins with binary data")
    found = [name[:80] for name in header[:20]]
    names = ", ".join(found) or "nothing"
    lacking = ", ".join(said.get(ours, ours) for ours in missing)
    return InvalidInput(
        f"the sales file has no column {lacking}; found: {names}. If another stands for it, say "
        f"so: columns={missing[0]}:NAME",
        missing=missing,
        found=found,
    )
