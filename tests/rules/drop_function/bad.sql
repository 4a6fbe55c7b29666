-- remains: what goes must go in the end: in a later release
DROP FUNCTION next_code();

-- case
-- schema: unknown
DROP FUNCTION f(int);
