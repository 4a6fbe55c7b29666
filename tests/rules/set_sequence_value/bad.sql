-- remains: the value is computed from the rows, which makes it medium
SELECT setval('invoice_number_seq', 1);

-- case
-- schema: unknown
SELECT setval('orders_id_seq', 1);
