CREATE UNLOGGED TABLE sessions (id bigint PRIMARY KEY, data text);
