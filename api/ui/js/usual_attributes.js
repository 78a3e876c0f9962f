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

/** The first usual name among the names of attributes, as these spell it; null if none is there. */
export function usualName(usual, names) {
  const spelling = new Map(names.map((name) => [name.toLowerCase(), name]));
  return spelling.get(usual.find((name) => spelling.has(name))) ?? null;
}

/** The value of the first usual attribute that an item has; null if it has none. */
export const usualValue = (usual, attributes = {}) => attributes[usualName(usual, Object.keys(attributes))] ?? null;
