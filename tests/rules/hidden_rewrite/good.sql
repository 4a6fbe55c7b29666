-- measured: {}
DO $$ BEGIN PERFORM 1; END $$;
-- measured: {"locks": [["orders", "table", "ROW EXCLUSIVE"]]}
DO $$ BEGIN EXECUTE 'UPDATE orders SET note = note WHERE id = 1'; END $$;
