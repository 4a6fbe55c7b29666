ALTER TABLE order_lines ALTER COLUMN amount TYPE bigint;
ALTER TABLE order_lines ADD COLUMN public_id uuid DEFAULT gen_random_uuid();
