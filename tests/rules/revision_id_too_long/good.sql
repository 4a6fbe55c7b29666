-- revision is: {"revision_id": "0002_add_the_public_channel"}
ALTER TABLE orders ADD COLUMN source text;
-- case
-- revision is: {"revision_id": "0002_add_the_public_channel_model_to_orders"}
ALTER TABLE alembic_version ALTER COLUMN version_num TYPE varchar(128);
