-- remains: what goes must go in the end: in a later release
ALTER TABLE invoices ALTER COLUMN gross DROP EXPRESSION;
