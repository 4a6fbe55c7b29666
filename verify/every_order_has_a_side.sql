-- name: every order is a buy or a sell
-- expect: rows = 0
SELECT id FROM orders WHERE side IS NULL OR side NOT IN ('buy', 'sell') LIMIT 10
