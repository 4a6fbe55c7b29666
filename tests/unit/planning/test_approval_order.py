"""The same parts make the same digest, in whatever order a compose file or a summary holds them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from deploy.model.deployments import Mode, Plan
from deploy.planning.approval import approved_parts, digest_of
from tests.fakes.fake_world import fake_settings


def parts(service: dict[str, Any]) -> dict[str, str]:
    config = {"services": {"app": service}}
    return approved_parts(fake_settings(), config, Plan(Mode.MANUAL_MIGRATE, (), {}), "", {})


def test_the_order_of_parts_and_of_keys_inside_of_them_is_no_change() -> None:
    one, other = ({"labels": {"a": "1", "b": "2"}, "init": True}, {"init": True, "labels": {"b": "2", "a": "1"}})
    assert parts(one) == parts(other)
    reversed_parts = dict(reversed(list(parts(one).items())))
    assert digest_of(reversed_parts, fake_settings()) == digest_of(parts(one), fake_settings())


def test_a_value_that_json_does_not_know_is_a_part_too() -> None:
    days = [parts({"built": datetime(2026, 1, day, tzinfo=UTC)}) for day in (1, 2)]
    assert days[0] != days[1]
