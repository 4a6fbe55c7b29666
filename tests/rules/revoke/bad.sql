-- remains: what goes must go in the end: in a later release
REVOKE SELECT ON orders FROM PUBLIC;

-- case
-- schema: unknown
REVOKE SELECT ON orders FROM app;
