MERGE INTO orders USING strategies ON orders.strategy_id = strategies.id WHEN MATCHED THEN UPDATE SET note = strategies.name;
