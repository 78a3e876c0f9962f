// The attributes that usually hold the title and the price of an item, as the server knows them; a test compares both.

export const USUAL_ATTRIBUTES = {
  "titles": [
    "name", "title", "product_name", "item_name", "product_title",
    "bezeichnung", "artikelbezeichnung", "produktbezeichnung", "artikelname", "produktname",
    "titel", "nom", "titre", "désignation", "designation", "nome", "titolo", "nombre", "título", "titulo"
  ],
  "prices": [
    "price", "selling_price", "unit_price", "preis", "verkaufspreis", "einzelpreis",
    "prix", "prezzo", "precio"
  ]
};

/** The value of the first usual attribute that an item has, in any case; null if it has none. */
export function usualValue(usual, attributes = {}) {
  const values = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name.toLowerCase(), value]));
  return usual.map((name) => values[name] ?? null).find((value) => value !== null) ?? null;
}
