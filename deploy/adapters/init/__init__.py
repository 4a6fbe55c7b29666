"""Somebody else's Alembic project: what it looks like, and the files that it lacks."""
