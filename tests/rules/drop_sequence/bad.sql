DROP SEQUENCE invoice_number_seq;

-- case
-- schema: unknown
DROP SEQUENCE orders_id_seq;
