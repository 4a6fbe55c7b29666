-- remains: the rows of the other tables are changed by a statement of their own
DELETE FROM plans WHERE code = 'legacy';
-- case
-- remains: the same rows
UPDATE plans SET code = 'basic' WHERE code = 'legacy';
-- case
-- remains: an index makes it quick
DELETE FROM orders WHERE note = 'test';
