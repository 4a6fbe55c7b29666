REVOKE SELECT ON orders FROM PUBLIC;

-- case
-- schema: unknown
REVOKE SELECT ON orders FROM app;
