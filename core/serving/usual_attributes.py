"""The attributes that usually hold what pages and mailings show of an item: its title and price."""

from collections.abc import Iterable, Sequence

TITLES = (
    "name", "title", "product_name", "item_name", "product_title",
    "bezeichnung", "artikelbezeichnung", "produktbezeichnung", "artikelname", "produktname",
    "titel", "nom", "titre", "désignation", "designation", "nome", "titolo", "nombre", "título",
    "titulo",
)  # fmt: skip
PRICES = (
    "price", "selling_price", "unit_price", "preis", "verkaufspreis", "einzelpreis",
    "prix", "prezzo", "precio",
)  # fmt: skip


def usual_attribute(usual: Sequence[str], names: Iterable[str]) -> str | None:
    """Return the first usual name that is among the names of attributes, in any case.

    It is returned as the attributes spell it.
    """
    spelling = {name.casefold(): name for name in names}
    return next((spelling[name] for name in usual if name in spelling), None)
