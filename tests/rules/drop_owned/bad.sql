DROP OWNED BY app;

-- case
-- schema: unknown
DROP OWNED BY ann;
