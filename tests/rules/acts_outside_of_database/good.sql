-- measured: {}
SELECT pg_backend_pid();
-- case
CREATE FUNCTION end_all() RETURNS void LANGUAGE sql AS 'SELECT pg_terminate_backend(1)';
