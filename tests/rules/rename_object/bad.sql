ALTER TYPE order_kind RENAME TO kind_of_order;
