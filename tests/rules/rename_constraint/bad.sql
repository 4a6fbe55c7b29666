-- remains: the lock itself stays; alone in its transaction it is short, and lock_timeout bounds the waiting
ALTER TABLE users RENAME CONSTRAINT users_email_key TO users_email_unique;
