-- remains: what goes must go in the end: in a later release
DROP SEQUENCE invoice_number_seq;

-- case
-- schema: unknown
DROP SEQUENCE orders_id_seq;
