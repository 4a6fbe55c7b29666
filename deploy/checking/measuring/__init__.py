"""A scratch server with production's schema, and what the project's migrations are seen to do on it."""
