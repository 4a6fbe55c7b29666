-- measured: {"locks": [["orders", "table", "ACCESS EXCLUSIVE"]]}
DO $$ BEGIN EXECUTE 'ALTER TABLE ' || 'orders ADD COLUMN hidden int'; END $$;
-- measured: {"locks": [["users", "table", "SHARE"]], "scans": ["users"], "index_builds": [["users_phone_idx", "users"]]}
DO $$ BEGIN EXECUTE 'CREATE INDEX users_phone_idx ON ' || 'users (phone)'; END $$;
