"""Backups: dumped, proven, copied, restored."""
