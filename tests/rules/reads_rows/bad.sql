-- measured: {"locks": [["orders", "table", "ACCESS SHARE"]]}
SELECT id, side FROM orders;
