"""Passwords in URLs never reach a file or a screen."""

from __future__ import annotations

import re

_URL_PASSWORD = re.compile(r"(?P<head>[a-z0-9+]+://[^:/@\s]*):\S*@", re.IGNORECASE)


def without_passwords(text: str) -> str:
    """The text with `[hidden]` for every password of a URL."""
    return _URL_PASSWORD.sub(r"\g<head>:[hidden]@", text)
