"""Sent into the project's own Python (3.8 and newer): never imported by the tool."""
