-- measured: {}
SELECT 1 FROM pg_type;
-- case
-- measured: {"locks": [["orders", "table", "ROW EXCLUSIVE"]]}
UPDATE orders SET note = '' WHERE note IS NULL;
