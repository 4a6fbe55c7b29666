"""Frozen nouns, the Protocols of the doors, and errors with exit codes. This room imports nothing of ours."""
