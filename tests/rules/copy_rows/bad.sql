COPY strategies (name) FROM '/srv/import/strategies.csv';

-- case
-- schema: unknown
COPY orders FROM STDIN;
