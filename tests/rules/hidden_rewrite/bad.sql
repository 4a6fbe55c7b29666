DO $$ BEGIN EXECUTE 'ALTER TABLE order_lines ALTER amount TYPE bigint'; END $$;
