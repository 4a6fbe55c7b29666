-- remains: the lock itself stays; alone in its transaction it is short, and lock_timeout bounds the waiting
ALTER TABLE trades_2025 NO INHERIT trades;
ALTER TABLE trades_2026 INHERIT trades;
