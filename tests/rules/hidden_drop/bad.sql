-- measured: {"locks": [["order_lines", "table", "ACCESS EXCLUSIVE"], ["orders", "table", "ACCESS EXCLUSIVE"]], "drops": [["table", "public.order_lines"]]}
DO $$ BEGIN EXECUTE 'DROP TABLE ' || 'order_lines'; END $$;
-- measured: {"locks": [["orders", "table", "ACCESS EXCLUSIVE"]], "drops": [["table column", "public.orders.side_code"]]}
DO $$ BEGIN EXECUTE 'ALTER TABLE orders DROP COLUMN ' || 'side_code'; END $$;
