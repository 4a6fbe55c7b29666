"""An Alembic project, asked in its own Python."""
