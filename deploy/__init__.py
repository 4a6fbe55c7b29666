"""Surefoot: deploys a Docker Compose application with a PostgreSQL schema, and never leaves it half done."""

__version__ = "0.1.0"
