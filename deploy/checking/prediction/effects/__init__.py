"""What a statement will do to PostgreSQL, told from its text and the schema before it."""

from deploy.checking.prediction.effects.predict import predict

__all__ = ["predict"]
