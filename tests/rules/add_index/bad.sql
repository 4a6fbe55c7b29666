CREATE UNIQUE INDEX CONCURRENTLY users_phone_key ON users (phone);

-- case
-- schema: unknown
CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON orders (side);
