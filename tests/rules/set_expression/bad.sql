-- fill: your_column=amount
-- server: 17
ALTER TABLE invoices ALTER COLUMN gross SET EXPRESSION AS (net * 3);
