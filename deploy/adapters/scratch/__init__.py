"""A scratch server, and the watch over what runs on it."""
