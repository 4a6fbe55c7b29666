"""Poolers that are known by their names are refused before anything is sent to them; the direct address is proposed."""

from __future__ import annotations

import pytest

from deploy.adapters.postgres.address import parse_database_url
from deploy.adapters.postgres.connection import LoopThread, connect
from deploy.adapters.postgres.poolers import require_no_known_pooler
from deploy.model.errors import BlockedError
from deploy.model.known_poolers import known_pooler

NEON = "ep-cool-darkness-123456-pooler.us-east-2.aws.neon.tech"


@pytest.mark.parametrize(
    ("url", "direct"),
    [
        (f"postgresql://u:p@{NEON}/shop?sslmode=require", "ep-cool-darkness-123456.us-east-2.aws.neon.tech:5432"),
        (f"postgresql+asyncpg://u:p@{NEON.upper()}/shop", "ep-cool-darkness-123456.us-east-2.aws.neon.tech:5432"),
        ("postgresql://u:p@ep-a-1-pooler.c-2.eu-central-1.aws.neon.tech/x", "ep-a-1.c-2.eu-central-1.aws.neon.tech:5432"),
        ("postgresql://postgres.ref:p@aws-0-eu.pooler.supabase.com:6543/x", "aws-0-eu.pooler.supabase.com:5432"),
        ("postgresql://postgres:p@db.ref.supabase.co:6543/x", "db.ref.supabase.co:5432"),
        ("postgresql://u:p@shop.postgres.database.azure.com:6432/x", "shop.postgres.database.azure.com:5432"),
        ("postgresql://u:p@db-1.b.db.ondigitalocean.com:25061/x", "db-1.b.db.ondigitalocean.com:25060"),
    ],
)
def test_a_providers_pooler_is_refused_and_its_direct_address_proposed(url: str, direct: str) -> None:
    loop = LoopThread()
    try:
        with pytest.raises(BlockedError) as refused:  # without a network: nothing was asked
            loop.run(connect(parse_database_url(url)))
    finally:
        loop.close()
    assert (refused.value.exit_code, refused.value.reference) == (3, "connection-is-pooled")
    assert direct in refused.value.hint
    assert "DEPLOY_DATABASE_URL" in refused.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p@ep-cool-darkness-123456.us-east-2.aws.neon.tech/shop",
        "postgresql://postgres.ref:p@aws-0-eu.pooler.supabase.com:5432/x",
        "postgresql://u:p@my-pooler.example.org/shop",
        "postgresql://u:p@127.0.0.1:6543/shop",
        "postgresql://u:p@db.example.org:6432/shop?pgbouncer=false",
    ],
)
def test_what_only_looks_like_one_is_left_to_the_look_at_the_connection(url: str) -> None:
    address = parse_database_url(url)
    assert known_pooler(address.host, address.port) is None
    require_no_known_pooler(address)


def test_a_url_that_says_it_is_a_pgbouncer_is_believed() -> None:
    with pytest.raises(BlockedError, match="pgbouncer=true"):
        require_no_known_pooler(parse_database_url("postgresql://u:p@db.example.org:6432/shop?pgbouncer=true"))
