ALTER TYPE order_kind ADD VALUE 'stop';

-- case
-- schema: unknown
ALTER TYPE mood ADD VALUE 'glad';
