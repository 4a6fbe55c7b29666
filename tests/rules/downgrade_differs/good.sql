-- revision is: {"has_downgrade": true, "downgrade": {"revision_id": "r1", "lost": ["column orders.total"]}}
ALTER TABLE orders ADD COLUMN total int;
