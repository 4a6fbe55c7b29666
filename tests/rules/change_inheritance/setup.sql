CREATE TABLE trades (id bigint);
CREATE TABLE trades_2025 () INHERITS (trades);
CREATE TABLE trades_2026 (id bigint);
