-- remains: the lock itself stays; alone in its transaction it is short, and lock_timeout bounds the waiting
ALTER INDEX events_payload_idx ATTACH PARTITION events_2025_id_idx;
