"""A model of PostgreSQL's schema and of what statements do to it: for what has no server to measure on."""
