"""A model of PostgreSQL's schema and of what statements do to it: for what has no server to measure on.

Only these names are for others, and only `risk/text_reader.py` asks for them: an installation may be without the model.
"""

from deploy.checking.prediction.effects import predict
from deploy.checking.prediction.schema import Schema
from deploy.checking.prediction.schema.apply import apply

__all__ = ["Schema", "apply", "predict"]
