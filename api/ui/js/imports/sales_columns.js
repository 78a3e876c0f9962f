// The names of sales columns in the exports of shops, as the server knows them; a test compares both.

export const SALES_COLUMNS = {
  "md5email": [
    "email_md5", "email_hash", "hashed_email", "email", "email_address", "customer_email",
    "billing_email", "billing_email_address", "email_billing", "buyer_email", "customer_id", "customer",
    "user_id", "user", "client_id", "client", "buyer", "buyer_username", "id_customer",
    "customer_number", "kundennummer", "kunde"
  ],
  "sku": [
    "product_sku", "variant_sku", "item_sku", "lineitem_sku", "seller_sku", "product_reference",
    "custom_label", "product_id", "product", "item_id", "item", "article_id", "article", "id_product",
    "artikelnummer", "artikel"
  ],
  "order_id": [
    "order", "order_number", "order_no", "amazon_order_id", "increment_id", "id_order",
    "order_reference", "transaction_id", "transaction", "invoice_id", "invoice_no", "invoice",
    "bestellnummer", "rechnungsnummer"
  ],
  "zip": [
    "zip_code", "postcode", "postal_code", "plz", "shipping_zip", "shipping_postcode",
    "shipping_postal_code", "ship_postal_code", "ship_zipcode", "ship_zip", "billing_zip",
    "billing_postcode", "billing_postal_code"
  ],
  "country": [
    "country_code", "land", "shipping_country", "shipping_country_code", "ship_country",
    "billing_country", "billing_country_code"
  ],
  "created_at": [
    "created", "date_created", "order_date", "ordered_at", "purchase_date", "purchased_at", "sale_date",
    "invoice_date", "date_add", "date", "datetime", "timestamp", "time", "bestelldatum", "datum"
  ],
  "quantity": [
    "qty", "lineitem_quantity", "item_quantity", "product_quantity", "quantity_purchased",
    "quantity_ordered", "qty_ordered", "units", "pieces", "menge", "anzahl"
  ]
};
