-- remains: an index is medium however it is built
CREATE UNIQUE INDEX CONCURRENTLY users_phone_key ON users (phone);

-- case
-- schema: unknown
CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON orders (side);
