"""A model of a database's schema, built from the text of its DDL."""

from deploy.risk.schema.schema import Schema

__all__ = ["Schema"]
