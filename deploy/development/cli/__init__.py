"""`sync_db.py`'s words in and words out."""
