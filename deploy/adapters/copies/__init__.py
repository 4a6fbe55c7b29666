"""Copies of backups off the machine: one store a kind of target, one way of sending, checking and fetching."""
