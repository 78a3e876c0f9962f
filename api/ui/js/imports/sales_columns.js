// The names of sales columns in the exports of shops, as the server knows them; a test compares both.

export const SALES_COLUMNS = {
  "md5email": [
    "email_md5", "email_hash", "hashed_email", "email", "email_address", "customer_email",
    "billing_email", "billing_email_address", "email_billing", "buyer_email", "mail", "e_mail_adresse",
    "kunde_email", "kunden_email", "kunden_mail", "client_email", "email_client", "adresse_email",
    "courriel", "email_cliente", "correo", "correo_electronico", "customer_id", "user_id", "client_id",
    "buyer_username", "id_customer", "customer_number", "kundennummer", "kunden_nr", "kunden_id",
    "numero_client", "id_client", "id_cliente", "customer", "user", "client", "buyer", "kunde",
    "cliente"
  ],
  "sku": [
    "product_sku", "variant_sku", "item_sku", "lineitem_sku", "seller_sku", "product_reference",
    "custom_label", "product_id", "item_id", "article_id", "id_product", "artikelnummer", "art_nr",
    "art_no", "artikel_nr", "article_no", "article_number", "item_no", "item_number", "product_no",
    "product_number", "product_code", "produkt_nr", "produktnummer", "numero_article", "ref_produit",
    "reference_produit", "codice_articolo", "codice_prodotto", "codigo_articulo", "codigo_producto",
    "product", "item", "article", "artikel", "produkt", "articolo", "articulo", "producto"
  ],
  "order_id": [
    "order", "order_number", "order_no", "amazon_order_id", "increment_id", "id_order",
    "order_reference", "transaction_id", "transaction", "invoice_id", "invoice_no", "invoice",
    "bestellnummer", "rechnungsnummer", "order_nr", "bestell_nr", "auftrags_nr", "auftragsnummer",
    "rechnungs_nr", "beleg_nr", "belegnummer", "receipt_no", "no_commande", "n_commande",
    "numero_commande", "numero_de_commande", "id_commande", "numero_ordine", "n_ordine", "id_ordine",
    "numero_pedido", "id_pedido", "bestellung", "auftrag", "rechnung", "receipt", "commande",
    "facture", "ordine", "pedido"
  ],
  "zip": [
    "zip_code", "postcode", "postal_code", "plz", "shipping_zip", "shipping_postcode",
    "shipping_postal_code", "ship_postal_code", "ship_zipcode", "ship_zip", "billing_zip",
    "billing_postcode", "billing_postal_code", "postleitzahl", "liefer_plz", "rechnungs_plz",
    "code_postal", "cap", "codigo_postal"
  ],
  "country": [
    "country_code", "land", "shipping_country", "shipping_country_code", "ship_country",
    "billing_country", "billing_country_code", "lieferland", "laendercode", "landercode", "pays",
    "paese", "pais"
  ],
  "created_at": [
    "created", "date_created", "order_date", "ordered_at", "purchase_date", "purchased_at",
    "sale_date", "invoice_date", "date_add", "date", "datetime", "timestamp", "time", "bestelldatum",
    "datum", "kaufdatum", "rechnungsdatum", "auftragsdatum", "belegdatum", "bestellt_am", "gekauft_am",
    "date_commande", "date_de_commande", "date_achat", "date_d_achat", "data_ordine", "data_acquisto",
    "fecha", "fecha_pedido", "fecha_compra"
  ],
  "quantity": [
    "qty", "lineitem_quantity", "item_quantity", "product_quantity", "quantity_purchased",
    "quantity_ordered", "qty_ordered", "units", "pieces", "menge", "anzahl", "stueck", "stueckzahl",
    "stuck", "stuckzahl", "quantite", "qte", "quantita", "cantidad"
  ]
};
