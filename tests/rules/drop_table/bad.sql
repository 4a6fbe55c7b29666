-- remains: what goes must go in the end: in a later release
DROP TABLE order_lines;

-- case
-- schema: unknown
DROP TABLE orders;

-- case
-- schema: unknown
DROP TABLE IF EXISTS public.orders CASCADE;

-- case
-- schema: unknown
CREATE TABLE fresh (id int);
DROP TABLE fresh, orders;

-- case
-- schema: unknown
DROP TABLE orders;
CREATE TABLE orders (id int);

-- case
-- schema: unknown
CREATE TABLE IF NOT EXISTS orders (id int);
DROP TABLE orders;

-- case
-- schema: unknown
DROP TABLE orders;
CREATE TABLE IF NOT EXISTS orders (id int);
DROP TABLE orders;

-- case
-- schema: unknown
CREATE TABLE kept (id int);
ALTER TABLE kept RENAME TO x;
ALTER TABLE orders RENAME TO kept;
DROP TABLE kept;

-- case
-- schema: unknown
ALTER TABLE orders RENAME TO orders_old;
CREATE TABLE orders (id int);
DROP TABLE orders_old;
