ALTER TABLE users ADD CONSTRAINT users_phone_key UNIQUE (phone);

-- case
-- schema: unknown
ALTER TABLE users ADD UNIQUE (email);
