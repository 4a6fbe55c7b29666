-- remains: it cannot be taken back however it is added
ALTER TYPE order_kind ADD VALUE 'stop';
