-- tables: 600000
-- setting: {"time_limits": [["statement_timeout", 300, "role shop"]]}
CREATE INDEX CONCURRENTLY ix_orders_symbol ON orders (symbol);

-- case
-- tables: 600000
-- setting: {"time_limits": [["statement_timeout", 300, "database shop"]]}
BEGIN;
CREATE INDEX ix_orders_symbol ON orders (symbol);
COMMIT;

-- case
-- tables: unknown
-- setting: {"time_limits": [["statement_timeout", 60000, "the server"]]}
BEGIN;
UPDATE orders SET side = 'sell';
COMMIT;

-- case
-- tables: 60000000
-- server: 17
-- setting: {"time_limits": [["transaction_timeout", 5000, "role shop"]]}
BEGIN;
CREATE INDEX ix_orders_symbol ON orders (symbol);
COMMIT;

-- case
-- setting: {"time_limits": [["idle_in_transaction_session_timeout", 5000, "role shop"]]}
BEGIN;
SELECT id FROM orders;
COMMIT;

-- case
-- tables: 600000
-- setting: {"time_limits": [["statement_timeout", 300, "role shop"]]}
SET statement_timeout = 0;
RESET statement_timeout;
CREATE INDEX CONCURRENTLY ix_orders_symbol ON orders (symbol);
