"""The same change without the danger: Alembic code with the user's own names, ready to paste into a revision."""
