DO $$ BEGIN DELETE FROM orders; END $$;
CALL convert_all();
