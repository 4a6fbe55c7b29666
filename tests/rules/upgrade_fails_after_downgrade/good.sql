-- revision is: {"has_downgrade": true, "downgrade": {"revision_id": "r1", "left": ["sequence refund_numbers"]}}
CREATE SEQUENCE IF NOT EXISTS refund_numbers;
