"""The ledger: SQLite on the server's disk, never in the database that is being deployed."""
