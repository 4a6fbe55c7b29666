COPY strategies (name) FROM '/tmp/strategies.csv';

-- case
-- schema: unknown
COPY orders FROM STDIN;
