DROP OWNED BY CURRENT_USER;

-- case
-- schema: unknown
DROP OWNED BY ann;
