-- remains: the lock itself stays; alone in its transaction it is short, and lock_timeout bounds the waiting
CREATE UNIQUE INDEX CONCURRENTLY users_phone_idx ON users (phone);
ALTER TABLE users ADD CONSTRAINT users_phone_key UNIQUE USING INDEX users_phone_idx;

-- case
-- schema: unknown
ALTER TABLE users ADD CONSTRAINT k UNIQUE USING INDEX users_email_idx;
