"""A migration through a transaction pooler that its address tells is refused, with the address that is right."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.checks.migration_pooler import migration_pooler_problems
from tests.fakes.fake_world import fake_settings


def config(**variables: str) -> dict[str, Any]:
    pooled = "postgresql://u:p@db.ref.supabase.co:6543/x"
    return {"services": {"app": {"environment": {"DATABASE_URL": pooled}}, "migration": {"environment": variables}}}


@pytest.mark.parametrize(
    ("url", "direct"),
    [
        ("postgresql+asyncpg://u:secret@ep-a-1-pooler.c-2.aws.neon.tech/shop", "ep-a-1.c-2.aws.neon.tech:5432"),
        ("postgres://u:secret@db.ref.supabase.co:6543/x", "db.ref.supabase.co:5432"),
        ("postgresql://u:secret@db.example.org:6432/x?pgbouncer=true", "the server's own host and port"),
        ("postgresql://u:secret@db.example.org:6432/x?pgbouncer=1", "the server's own host and port"),
    ],
)
def test_the_variable_and_the_direct_address_are_named_and_no_password(url: str, direct: str) -> None:
    [problem] = migration_pooler_problems(config(DB="sqlite://", POSTGRES_URL=url), fake_settings())
    assert (problem.exit_code, problem.reference) == (3, "connection-is-pooled")
    assert "POSTGRES_URL" in problem.what
    assert direct in str(problem.hint)
    assert "MIGRATION_DATABASE_URL" in str(problem.hint)
    assert "secret" not in f"{problem.what}{problem.hint}"


@pytest.mark.parametrize("url", [
    "postgresql://u:p@db.example.org:6432/x", "postgresql://u:p@db.example.org:nonsense/x", "https://x.neon.tech", "",
    "postgresql://u:p@ep-a-1.c-2.aws.neon.tech/shop",
])
def test_what_is_no_known_pooler_is_let_through(url: str) -> None:
    assert migration_pooler_problems(config(DATABASE_URL=url), fake_settings()) == []


def test_the_applications_own_pooled_url_is_its_own_affair() -> None:
    assert migration_pooler_problems(config(DATABASE_URL="postgresql://u:p@db/x"), fake_settings()) == []


def test_a_file_without_the_service_has_no_such_problem() -> None:
    assert migration_pooler_problems({}, fake_settings()) == []
