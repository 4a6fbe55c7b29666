ALTER TYPE order_kind ADD VALUE 'stop';
ALTER TABLE orders ALTER COLUMN kind SET DEFAULT 'stop';
