-- revision is: {"has_downgrade": true, "downgrade": {"revision_id": "r1", "error": "column \"sum\" of relation \"orders\" does not exist"}}
ALTER TABLE orders ADD COLUMN total int;

-- case
-- revision is: {"has_downgrade": true, "downgrade": {"revision_id": "r1", "error": "invalid input syntax for type integer: \"a\"", "is_of_rows": true}}
ALTER TABLE orders ALTER COLUMN quantity TYPE text;
