DO $$ BEGIN EXECUTE 'DROP TABLE ' || 'order_lines'; END $$;
