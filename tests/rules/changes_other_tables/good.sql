DELETE FROM plan_notes WHERE id = 1;
-- case
UPDATE plans SET title = 'x' WHERE code = 'legacy';
-- case
DELETE FROM users WHERE id = 1;
-- case
-- schema: unknown
DELETE FROM plans WHERE code = 'legacy';
