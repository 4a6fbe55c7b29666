"""A model of a database's schema, built from the text of its DDL."""

from deploy.checking.prediction.schema.schema import Schema

__all__ = ["Schema"]
