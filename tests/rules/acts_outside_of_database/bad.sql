-- measured: {}
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app';
-- case
-- measured: {}
DO $$ BEGIN PERFORM lo_unlink(16403); END $$;
-- case
-- not run: no file of the server is named so
-- measured: {}
SELECT pg_read_file('/etc/hostname');
