"""Reports reach pull requests and logs: passwords leave before anything is rendered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, cast

from deploy.model.check import CheckReport
from deploy.model.redaction import without_passwords

# CREATE ROLE … PASSWORD '…', also as an E'' or a dollar-quoted string.
_ROLE_PASSWORD = re.compile(
    r"(?P<head>\bPASSWORD\s+)(?:E?'(?:[^']|'')*'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)", re.IGNORECASE | re.DOTALL
)


def redacted(report: CheckReport) -> CheckReport:
    """The same report, with `[hidden]` for every password in any of its texts."""
    return cast("CheckReport", _redact(report))


def _redact(value: Any) -> Any:
    if isinstance(value, Enum):  # a StrEnum is a str too, and must stay what it is
        return value
    if isinstance(value, str):
        return _ROLE_PASSWORD.sub(r"\g<head>'[hidden]'", without_passwords(value))
    if isinstance(value, tuple):
        return tuple(_redact(item) for item in value)
    if isinstance(value, Mapping):
        return {name: _redact(item) for name, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _redact(getattr(value, field.name)) for field in fields(value)})
    return value
