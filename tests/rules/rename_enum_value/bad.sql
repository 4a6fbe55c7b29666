ALTER TYPE order_kind RENAME VALUE 'limit' TO 'limited';
