CREATE UNIQUE INDEX CONCURRENTLY users_phone_idx ON users (phone);
