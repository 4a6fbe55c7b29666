"""What `sync_db.py` does."""
