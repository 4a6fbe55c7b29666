COPY strategies (name) FROM '/tmp/strategies.csv';
