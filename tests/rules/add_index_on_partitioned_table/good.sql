CREATE INDEX events_happened_at_idx ON ONLY events (happened_at);
