"""Passwords in URLs, in connection strings and in SQL, and every value that is known to be secret, are never shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar, cast

from deploy.model.secret_values import without_secrets

_URL_PASSWORD = re.compile(r"(?P<head>[a-z0-9+]+://[^:/@\s]*):\S*@", re.IGNORECASE)
# CREATE ROLE … PASSWORD '…', also as an E'' or a dollar-quoted string, also where the text was cut off inside.
_ROLE_PASSWORD = re.compile(
    r"(?P<head>\bPASSWORD\s+)(?:E?'(?:[^']|'')*(?:'|$)|\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|$))",
    re.IGNORECASE | re.DOTALL,
)
# libpq's key words, as in CREATE SUBSCRIPTION … CONNECTION 'host=a password=b'.
_KEYWORD_PASSWORD = re.compile(r"(?P<head>\bpassword=)(?!\[hidden\])[^\s'\"]+", re.IGNORECASE)
_T = TypeVar("_T")


def without_passwords(text: str) -> str:
    """The text with `[hidden]` for every password of a URL, a connection string or a role, and every known secret."""
    text = without_secrets(text)
    text = _URL_PASSWORD.sub(r"\g<head>:[hidden]@", text)
    text = _KEYWORD_PASSWORD.sub(r"\g<head>[hidden]", text)
    return _ROLE_PASSWORD.sub(r"\g<head>'[hidden]'", text)


def redacted(value: _T) -> _T:
    """The same dataclass, tuple or mapping, with `[hidden]` for every password in any of its texts."""
    return cast("_T", _redact(value))


def _redact(value: Any) -> Any:
    if isinstance(value, Enum):  # a StrEnum is a str too, and must stay what it is
        return value
    if isinstance(value, str):
        return without_passwords(value)
    if isinstance(value, tuple | list):
        items = map(_redact, value)
        return tuple(items) if isinstance(value, tuple) else list(items)
    if isinstance(value, Mapping):
        return {name: _redact(item) for name, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _redact(getattr(value, field.name)) for field in fields(value)})
    return value
