"""DATABASE_URL in all its forms; a malformed one never shows its password."""

from __future__ import annotations

import pytest

from deploy.adapters.postgres.address import parse_database_url
from deploy.model.errors import UsageError


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg", "postgresql+psycopg2"])
def test_every_scheme_is_read(scheme: str) -> None:
    address = parse_database_url(f"{scheme}://ann:s%40c%2Fret%25@db.example:6543/shop%20one?sslmode=require")
    assert (address.host, address.port, address.user) == ("db.example", 6543, "ann")
    assert (address.password, address.database_name) == ("s@c/ret%", "shop one")
    assert dict(address.options) == {"sslmode": "require"}


def test_defaults_and_ipv6() -> None:
    address = parse_database_url("postgresql://ann@[::1]/shop")
    assert (address.host, address.port, address.password) == ("::1", 5432, "")


@pytest.mark.parametrize(
    ("url", "place", "machine"),
    [
        ("postgresql:///shop?host=/run/postgresql", "/run/postgresql:5432/shop", "127.0.0.1"),
        ("postgresql+psycopg2://ann@/shop?host=/run/pg.d&port=5433", "/run/pg.d:5433/shop", "127.0.0.1"),
        ("postgresql+psycopg://ann@/shop?port=5433&host=db.example", "db.example:5433/shop", "db.example"),
        ("postgresql://ann@localhost/shop", "localhost:5432/shop", "127.0.0.1"),
        ("postgresql://ann@db.example:5433/shop?port=1", "db.example:5433/shop", "db.example"),
    ],
)
def test_where_no_host_stands_first_the_query_names_it_and_a_socket_is_this_machine(
    url: str, place: str, machine: str
) -> None:
    address = parse_database_url(url)
    assert (address.place, address.machine) == (place, machine)
    assert "host" not in address.options


def test_the_password_is_not_in_the_repr() -> None:
    assert "topsecret" not in repr(parse_database_url("postgresql://ann:topsecret@db/shop"))


@pytest.mark.parametrize(
    "url",
    [
        "", "mysql://ann:topsecret@db/shop", "postgresql://ann:topsecret@db", "postgresql://ann:topsecret@/shop",
        "postgresql://ann:topsecret@db:notaport/shop", "postgresql://ann:topsecret/x@db/shop",
        "postgresql://ann:topsecret@/shop?host=", "postgresql://ann:topsecret@/shop?host=/run&port=topsecret",
        "postgresql://ann:topsecret[@db/shop", "postgresql://ann:topsecret@db:99999/shop",
    ],
)
def test_a_malformed_url_is_a_usage_error_without_the_password(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_database_url(url)
    assert "topsecret" not in caught.value.what + caught.value.hint
    assert caught.value.__cause__ is None


def test_the_error_names_where_the_url_came_from_and_no_variable_that_was_not_read() -> None:
    with pytest.raises(UsageError) as named:
        parse_database_url("mysql://db/shop", "--to-url")
    with pytest.raises(UsageError) as unknown:
        parse_database_url("mysql://db/shop")

    assert named.value.what.startswith("--to-url cannot be used")
    assert "DATABASE_URL" not in named.value.what + named.value.hint + unknown.value.what
    assert "DEPLOY_DATABASE_URL" in unknown.value.hint
