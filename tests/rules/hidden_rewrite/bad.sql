-- fill: your_column=amount
-- fill: your_type=bigint
-- measured: {"locks": [["order_lines", "table", "ACCESS EXCLUSIVE"]], "rewrites": ["order_lines"]}
DO $$ BEGIN EXECUTE 'ALTER TABLE order_lines ALTER amount ' || 'TYPE bigint'; END $$;
