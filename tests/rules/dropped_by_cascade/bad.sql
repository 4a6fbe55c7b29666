DROP TYPE order_kind CASCADE;

-- case
DROP VIEW daily_view CASCADE;
