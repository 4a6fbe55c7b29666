CREATE INDEX CONCURRENTLY events_2025_happened_at_idx ON events_2025 (happened_at);
