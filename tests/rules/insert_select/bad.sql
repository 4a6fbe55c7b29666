INSERT INTO strategies (name) SELECT DISTINCT symbol FROM orders;
