"""No password leaves, in whatever form SQL or a URL carries it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pytest

from deploy.model.redaction import redacted, without_passwords

TEXTS = [
    "CREATE ROLE ann LOGIN PASSWORD 's3cret'",
    "CREATE ROLE ann LOGIN PASSWORD E's3cret'",
    "ALTER ROLE ann ENCRYPTED PASSWORD $$s3cret$$",
    "ALTER ROLE ann PASSWORD $x$s3cret$x$ NOLOGIN",
    "CREATE ROLE ann PASSWORD 's3cret and cut off in the midd",
    "CREATE USER MAPPING FOR ann SERVER s OPTIONS (user 'ann', password 's3cret')",
    "CREATE SUBSCRIPTION s CONNECTION 'host=a password=s3cret' PUBLICATION p",
    "SELECT dblink_connect('postgresql://ann:s3cret@host/db')",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_password_in_sql_is_hidden(text: str) -> None:
    hidden = without_passwords(text)
    assert "s3cret" not in hidden
    assert "[hidden]" in hidden
    assert without_passwords(hidden) == hidden


@pytest.mark.parametrize("text", ["UPDATE users SET password = hash WHERE id = 1", "ALTER TABLE u ADD password text"])
def test_a_column_named_password_stays(text: str) -> None:
    assert without_passwords(text) == text


class Kind(StrEnum):
    PASSWORD = "password 'x'"


@dataclass(frozen=True)
class Nest:
    texts: tuple[str, ...]
    kind: Kind


def test_every_text_of_a_nested_value_is_redacted_and_words_of_an_enum_stay() -> None:
    nest = redacted(Nest((TEXTS[0],), Kind.PASSWORD))
    assert "s3cret" not in nest.texts[0]
    assert nest.kind is Kind.PASSWORD
