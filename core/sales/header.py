"""Finds the sales columns in a header: by the caller's overrides, by name, or by a common alias.

Six columns are required, in any order and case; `quantity` is optional, and so are columns with the
status of the order. Other columns are ignored.
"""

import unicodedata
from collections.abc import Mapping, Sequence

from core.errors import InvalidInput, TooLarge

COLUMNS = ("md5email", "sku", "order_id", "zip", "country", "created_at")
QUANTITY = "quantity"
MAX_COLUMNS = 1000
_ALL_COLUMNS = (*COLUMNS, QUANTITY)
# names that shops use; the first one that the header has counts, so numbers precede names
ALIASES = {
    "md5email": "email_md5 email_hash hashed_email email email_address customer_email "
    "billing_email billing_email_address email_billing buyer_email mail e_mail_adresse "
    "kunde_email kunden_email kunden_mail client_email email_client adresse_email courriel "
    "email_cliente correo correo_electronico customer_id user_id client_id buyer_username "
    "id_customer customer_number kundennummer kunden_nr kunden_id numero_client id_client "
    "id_cliente customer user client buyer kunde cliente",
    "sku": "product_sku variant_sku item_sku lineitem_sku seller_sku product_reference "
    "custom_label product_id item_id article_id id_product artikelnummer art_nr art_no artikel_nr "
    "article_no article_number item_no item_number product_no product_number product_code "
    "produkt_nr produktnummer numero_article ref_produit reference_produit codice_articolo "
    "codice_prodotto codigo_articulo codigo_producto product item article artikel produkt "
    "articolo articulo producto",
    "order_id": "order order_number order_no amazon_order_id increment_id id_order "
    "order_reference transaction_id transaction invoice_id invoice_no invoice bestellnummer "
    "rechnungsnummer order_nr bestell_nr auftrags_nr auftragsnummer rechnungs_nr beleg_nr "
    "belegnummer receipt_no no_commande n_commande numero_commande numero_de_commande id_commande "
    "numero_ordine n_ordine id_ordine numero_pedido id_pedido bestellung auftrag rechnung receipt "
    "commande facture ordine pedido",
    "zip": "zip_code postcode postal_code plz shipping_zip shipping_postcode shipping_postal_code "
    "ship_postal_code ship_zipcode ship_zip billing_zip billing_postcode billing_postal_code "
    "postleitzahl liefer_plz rechnungs_plz code_postal cap codigo_postal",
    "country": "country_code land shipping_country shipping_country_code ship_country "
    "billing_country billing_country_code lieferland laendercode landercode pays paese pais",
    "created_at": "created date_created order_date ordered_at purchase_date purchased_at "
    "sale_date invoice_date date_add date datetime timestamp time bestelldatum datum kaufdatum "
    "rechnungsdatum auftragsdatum belegdatum bestellt_am gekauft_am date_commande "
    "date_de_commande date_achat date_d_achat data_ordine data_acquisto fecha fecha_pedido "
    "fecha_compra",
    "quantity": "qty lineitem_quantity item_quantity product_quantity quantity_purchased "
    "quantity_ordered qty_ordered units pieces menge anzahl stueck stueckzahl stuck stuckzahl "
    "quantite qte quantita cantidad",
}
_WORDS = {
    "md5email": "customer", "order_id": "order", "zip": "postcode", "created_at": "date",
}  # fmt: skip
_SHOPIFY_ORDER, _SHOPIFY_SKU = "name", "lineitemsku"
_STATUSES = {
    "status", "orderstatus", "orderstate", "financialstatus", "paymentstatus", "itemstatus",
    "salestatus", "state", "bestellstatus", "zahlungsstatus", "statut", "stato", "estado",
    "cancelledat", "canceledat", "cancelled", "canceled", "iscancelled", "iscanceled", "voided",
}  # fmt: skip


def column_in_words(column: str) -> str:
    """Return what a sales column holds, with its name if that is another word: `date (created_at)`.

    Files of shops rarely use the names of the sales columns.
    """
    return f"{_WORDS[column]} ({column})" if column in _WORDS else column


def parse_overrides(text: str) -> dict[str, str]:
    """Parse pairs of a sales column and its name in the file: `md5email:customer,sku:article`.

    Raises:
        InvalidInput: a pair is malformed, or its first part is not a sales column.
    """
    pairs = [pair.partition(":") for pair in text.split(",") if pair.strip()]
    for column, _, name in pairs:
        if column.strip() not in _ALL_COLUMNS or not name.strip():
            raise InvalidInput(
                f"columns: {column[:80]!r} is not valid; send pairs of a sales column and its name "
                "in the file, as in md5email:customer,sku:article; the sales columns are "
                f"{', '.join(_ALL_COLUMNS)}"
            )
    return {column.strip(): name.strip() for column, _, name in pairs}


def column_positions(header: Sequence[str], overrides: Mapping[str, str]) -> dict[str, int]:
    """Return the index of each sales column in the file.

    Raises:
        InvalidInput: columns are missing or occur more than once; the message names them.
        TooLarge: the header has more than `MAX_COLUMNS` columns.
    """
    if len(header) > MAX_COLUMNS:
        raise TooLarge(f"the sales file has {len(header):,} columns; the limit is {MAX_COLUMNS:,}")
    names = [_normalize(name) for name in header]
    matches = {column: _match(column, names, overrides) for column in _ALL_COLUMNS}
    missing = [column for column in (*COLUMNS, *overrides) if matches[column] is None]
    if missing:
        raise _missing_columns(list(dict.fromkeys(missing)), header, overrides)
    name_of = {column: name for column, name in matches.items() if name is not None}
    if repeated := [column for column, name in name_of.items() if names.count(name) > 1]:
        listed = ", ".join(header[names.index(name_of[column])][:80] for column in repeated)
        raise InvalidInput(
            f"the sales file has several columns with the same name: {listed}; keep one of each"
        )
    return {column: names.index(name) for column, name in name_of.items()}


def count_matches(header: Sequence[str], overrides: Mapping[str, str]) -> int:
    """Count the required sales columns in a header."""
    names = [_normalize(name) for name in header]
    return sum(_match(column, names, overrides) is not None for column in COLUMNS)


def status_positions(header: Sequence[str], columns: Mapping[str, int]) -> dict[str, int]:
    """Return the index of each order status column, by the column's name in the file."""
    others = set(range(len(header))) - set(columns.values())
    return {header[n]: n for n in sorted(others) if _normalize(header[n]) in _STATUSES}


def _match(column: str, names: Sequence[str], overrides: Mapping[str, str]) -> str | None:
    aliases = [overrides[column]] if column in overrides else [column, *ALIASES[column].split()]
    if column == "order_id" and _SHOPIFY_SKU in names:
        aliases.append(_SHOPIFY_ORDER)
    return next((name for name in map(_normalize, aliases) if name in names), None)


def _normalize(name: str) -> str:
    """Remove case, punctuation and accents: `Order ID` and `order_id` both become `orderid`."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", name.casefold())))


def _missing_columns(
    missing: list[str], header: Sequence[str], overrides: Mapping[str, str]
) -> InvalidInput:
    if not all(map(str.isprintable, header)):
        return InvalidInput("the sales file begins with binary data; send a CSV file")
    names = [name[:80] for name in header[:20]]
    listed = ", ".join(names) or "nothing"
    described = " or ".join(
        f"named {overrides[column]!r}"
        if column in overrides
        else f"for the {column_in_words(column)}"
        for column in missing
    )
    return InvalidInput(
        f"the sales file has no column {described}; its columns are {listed}. If a column has "
        "another name in the file, say which column it is (parameter `columns`, such as "
        f"{missing[0]}:NAME)",
        missing=missing,
        header=names,
    )
