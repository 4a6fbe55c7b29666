-- revision is: {"revision_id": "0002_add_the_public_channel_model_to_orders"}
ALTER TABLE orders ADD COLUMN source text;
