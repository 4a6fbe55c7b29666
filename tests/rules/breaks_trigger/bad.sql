-- revision is: {"broken": ["INSERT into kits fails: INSERT has more expressions than target columns (PL/pgSQL function keep_kit() line 3 at SQL statement)"]}
ALTER TABLE orders ADD COLUMN source text;
