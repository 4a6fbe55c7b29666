"""PostgreSQL behind named questions."""
