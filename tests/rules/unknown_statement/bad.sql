DO $$ BEGIN DELETE FROM orders; END $$;
CALL convert_all();

-- case
SELECT our_own_function();

-- case
-- measured: {"locks": [["orders", "table", "ACCESS SHARE"]]}
DO $$ BEGIN IF EXISTS (SELECT 1 FROM orders) THEN EXECUTE 'SELECT 1'; END IF; END $$;

-- case
EXPLAIN ANALYZE SELECT our_own_function();
