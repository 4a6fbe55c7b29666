"""Which values are secret in this process: remembered once when the settings are read, hidden in everything said.

A password that an application logs, or that compose quotes in an error, has no URL around it that would give it away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, quote_plus, unquote, urlsplit

HIDDEN = "[hidden]"
# Shorter values are common words and numbers: hiding them everywhere would hide what is said.
SHORTEST = 4
# From here on a value is hidden inside of words too.
DISTINCT = 8
_SECRET_NAME = re.compile(
    r"PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|PRIVATE|(?:^|_)(?:PASS|PW|KEY|KEYS|APIKEY)(?:_|$)|_PWD(?:_|$)",
    re.IGNORECASE,
)
# What such a name ends with where its value is no secret.
_PLAIN_NAME = re.compile(
    r"_(?:FILE|FILES|PATH|DIR|DIRECTORY|TTL|SECONDS|MINUTES|HOURS|DAYS|LENGTH|SIZE|ALGORITHM|HEADER|NAME)$|PUBLIC",
    re.IGNORECASE,
)
# Words of our own sentences; such a password is hidden in URLs only.
_PLAIN_VALUES = frozenset({"true", "false", "none", "null", "production", "staging", "development", "password"})

_values: set[str] = set()
_public: set[str] = set()
_pattern: re.Pattern[str] | None = None


def remember_secrets(values: Iterable[str], public: Iterable[str] = ()) -> None:
    """From now on no output holds these values, nor the forms that a URL, SQL, JSON or Python gives them.

    Args:
        public: words that everybody may see, such as the database's name: a password that is one of them is hidden
            in URLs only.
    """
    global _pattern  # noqa: PLW0603 - one process has one set of secrets
    _public.update(public)
    for value in values:
        for line in value.splitlines() or [value]:  # a key in PEM
            _values.update(_forms(line.strip()))
    wanted = sorted((v for v in _values if _is_distinct(v)), key=len, reverse=True)
    _pattern = re.compile("|".join(map(_whole, wanted))) if wanted else None


def forget_secrets() -> None:
    """For tests: another one's password is none of this one's."""
    global _pattern  # noqa: PLW0603
    _values.clear()
    _public.clear()
    _pattern = None


def without_secrets(text: str) -> str:
    """The text with `[hidden]` for every value that is remembered."""
    return _pattern.sub(HIDDEN, text) if _pattern else text


def secrets_of(variables: Mapping[str, str]) -> tuple[str, ...]:
    """The secret values among variables: by their names, and the passwords of URLs."""
    found = [
        value for name, value in variables.items() if _SECRET_NAME.search(name) and not _PLAIN_NAME.search(name)
    ]
    return (*found, *filter(None, map(url_password, variables.values())))


def url_password(value: str) -> str:
    """As the URL writes it; empty where the value is no URL, or has none."""
    if "://" not in value:
        return ""
    try:
        return urlsplit(value).password or ""
    except ValueError:
        return ""


def _forms(value: str) -> set[str]:
    plain = unquote(value)
    forms = {value, plain, quote(plain, safe=""), quote_plus(plain), plain.replace("'", "''")}
    forms |= {plain.replace("\\", "\\\\"), plain.replace("\\", "\\\\").replace('"', '\\"'), plain.replace("$", "$$")}
    return forms


def _is_distinct(value: str) -> bool:
    if len(value) < SHORTEST or value.lower() in _PLAIN_VALUES or value in _public:
        return False
    return not (value.isdigit() and len(value) < DISTINCT)


def _whole(value: str) -> str:
    """A short one as a word of its own; a long one wherever it stands."""
    text = re.escape(value)
    return text if len(value) >= DISTINCT else rf"(?<![A-Za-z0-9_]){text}(?![A-Za-z0-9_])"
