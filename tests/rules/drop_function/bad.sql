DROP FUNCTION next_code();

-- case
-- schema: unknown
DROP FUNCTION f(int);
