"""Where a traceback goes: the operator gets a sentence, and the path."""

from __future__ import annotations

from datetime import UTC, datetime


def write_traceback(text: str) -> str:
    """Keep a traceback out of the operator's sight; returns where it is. URLs lose their passwords."""
    import tempfile  # only when something broke

    from deploy.model.redaction import without_passwords

    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    with tempfile.NamedTemporaryFile("w", prefix=f"surefoot-{stamp}-", suffix=".txt", delete=False) as file:
        file.write(without_passwords(text))
    return file.name
