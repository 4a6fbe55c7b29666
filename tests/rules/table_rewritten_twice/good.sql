ALTER TABLE order_lines ALTER COLUMN amount TYPE bigint, ADD COLUMN public_id uuid DEFAULT gen_random_uuid();
-- case
ALTER TABLE order_lines ALTER COLUMN amount TYPE bigint;
-- revision
ALTER TABLE order_lines ADD COLUMN public_id uuid DEFAULT gen_random_uuid();
