"""What a command does: the Python API."""
