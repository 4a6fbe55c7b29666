-- remains: the rows change all the same: in small transactions
MERGE INTO orders USING strategies ON orders.strategy_id = strategies.id WHEN MATCHED THEN UPDATE SET note = strategies.name;

-- case
-- schema: unknown
MERGE INTO orders USING users ON true WHEN MATCHED THEN DELETE;
