-- revision is: {"has_downgrade": true, "downgrade": {"revision_id": "r1"}}
ALTER TABLE orders ADD COLUMN total int;

-- case
-- revision is: {"has_downgrade": true}
ALTER TABLE orders ADD COLUMN total int;
