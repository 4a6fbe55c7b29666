"""`sync_db.py`: models and development database brought together."""
