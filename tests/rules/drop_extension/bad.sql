-- not run: nothing but plpgsql is installed everywhere, and functions of the schema need it
DROP EXTENSION plpgsql CASCADE;
