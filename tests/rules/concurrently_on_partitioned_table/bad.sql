CREATE INDEX CONCURRENTLY events_happened_at_idx ON events (happened_at);
-- case
DROP INDEX CONCURRENTLY events_payload_idx;
