ALTER TYPE order_kind ADD VALUE 'stop';
