-- What ends a statement, a transaction or a session of this role in this database, and whose setting it is.
SELECT s.name, s.setting::int8 AS milliseconds,
       CASE s.source WHEN 'user' THEN 'role ' || current_user
                     WHEN 'database' THEN 'database ' || current_database()
                     WHEN 'database user' THEN 'role ' || current_user || ' in database ' || current_database()
                     ELSE 'the server' END AS source
  FROM pg_settings AS s
 WHERE s.name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout',
                  'idle_session_timeout')
   AND s.setting::int8 > 0
 ORDER BY s.name
