-- revision is: {"has_downgrade": true, "downgrade": {"revision_id": "r1", "missing": ["column orders.price"], "left": ["column orders.total"]}}
ALTER TABLE orders ADD COLUMN total int;

-- case
-- revision is: {"has_downgrade": true, "downgrade": {"revision_id": "r1", "changed": ["column orders.side"]}}
ALTER TABLE orders ALTER COLUMN side TYPE text;
