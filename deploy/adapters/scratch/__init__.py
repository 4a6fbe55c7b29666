"""A throw-away PostgreSQL, and the watch over what runs on it."""
