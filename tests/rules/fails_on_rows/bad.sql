-- setting: {"violated": [{"revision_id": "r1", "statement": "ALTER TABLE users ADD CONSTRAINT users_phone_key UNIQUE (phone)", "table": "users", "sql": "SELECT EXISTS (SELECT 1 FROM users GROUP BY phone HAVING count(*) > 1)", "says": "users.phone has duplicates"}]}
ALTER TABLE users ADD CONSTRAINT users_phone_key UNIQUE (phone);
