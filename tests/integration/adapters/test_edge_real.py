"""What visitors get from the edge when the application answers its check badly, late, or not at all."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import docker
import pytest

from deploy.adapters.edge import HaproxyEdge
from deploy.model.containers import Container
from tests.contracts.ground import Ground, real_ground

pytestmark = pytest.mark.docker
HTTP_OK, HTTP_UNAVAILABLE = 200, 503


class Shop:
    """One container behind the edge."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        ground.start_edge()
        ground.up(ground.good)
        [self.container] = ground.healthy()
        ground.wait(self.is_serving)
        [edge] = ground.containers.list("edge")
        self.url = f"http://{edge.addresses[0]}:8080"

    @property
    def edge(self) -> HaproxyEdge:
        assert isinstance(self.ground.edge, HaproxyEdge)
        return self.ground.edge

    def is_serving(self) -> bool:
        slot = self.ground.slot_of(self.container)
        return bool(slot and slot.is_up and slot.is_check_passed)

    def answer_health(self, how: str) -> None:
        """good, bad (503) or late."""
        self._ask(f"http://{self.container.addresses[0]}:8000/{how}", b"")

    def get(self, path: str = "/") -> int:
        return self._ask(f"{self.url}{path}", None)

    def _ask(self, url: str, data: bytes | None) -> int:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=20) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code


@pytest.fixture
def shop(docker_engine: None) -> Iterator[Shop]:
    client = docker.from_env()
    try:
        with real_ground(client) as ground:
            yield Shop(ground)
    finally:
        client.close()


def test_the_last_container_is_asked_whatever_its_check_says_and_what_the_edge_saw_is_counted(shop: Shop) -> None:
    # The edge counts a response a moment after its client has it.
    assert [shop.get("/full") for _ in range(3)] == [HTTP_UNAVAILABLE] * 3
    shop.ground.wait(lambda: shop.edge.counters().failed >= 3)
    found = shop.edge.counters()
    assert (found.failed, found.overloaded, found.refused) == (3, 3, 0)
    for how, late_count in (("bad", 0), ("late", 1)):
        before = shop.edge.counters()
        shop.answer_health(how)
        shop.ground.wait(lambda: shop.edge.counters().serving_count == 0)
        assert [shop.get() for _ in range(20)] == [HTTP_OK] * 20
        shop.ground.wait(lambda seen=before.unchecked + 20: shop.edge.counters().unchecked >= seen)
        after = shop.edge.counters()
        assert (after.unchecked - before.unchecked, after.refused, after.late_count) == (20, 0, late_count)
        assert [slot.address for slot in shop.edge.slots() if slot.is_last_resort] == list(shop.container.addresses)
        shop.answer_health("good")
        shop.ground.wait(shop.is_serving)
        assert not any(slot.is_last_resort for slot in shop.edge.slots())
    before = shop.edge.counters()
    assert shop.get() == HTTP_OK
    shop.ground.wait(lambda: shop.edge.counters().answered > before.answered)
    after = shop.edge.counters()
    assert (after.answered - before.answered, after.unchecked) == (1, before.unchecked)
    # One that is not trusted is no last resort, and one that is gone is answered at once.
    shop.answer_health("bad")
    shop.ground.wait(lambda: shop.edge.counters().serving_count == 0)
    shop.edge.set_last_resort({"192.0.2.1"})
    assert shop.get() == HTTP_UNAVAILABLE
    shop.edge.set_last_resort(None)
    assert shop.get() == HTTP_OK
    shop.ground.containers.stop(shop.container.container_id, 1)

    def is_refused_at_once() -> bool:
        began = time.monotonic()
        return shop.get() == HTTP_UNAVAILABLE and time.monotonic() - began < 1

    shop.ground.wait(is_refused_at_once)
    assert shop.edge.counters().refused > 0


def test_while_old_connections_drain_the_old_container_takes_over_from_a_new_one_that_turns_bad(shop: Shop) -> None:
    """By the edge alone, before any tool looks: the draining slot takes no new request, the last resort does."""
    old, ground = shop.container, shop.ground
    shop.edge.set_last_resort(set(old.addresses))
    ground.up(ground.other, "release-2", scale=2, has_recreate=False)
    [new] = [c for c in ground.healthy(2) if c.container_id != old.container_id]
    ground.wait(lambda: _is_up(ground, new))
    [slot] = [s for s in shop.edge.slots() if s.address in old.addresses]
    shop.edge._set_state("app", slot.name, type(slot.state).DRAIN)
    shop.container = new
    shop.answer_health("bad")
    statuses = set()

    def is_old_asked() -> bool:
        statuses.add(shop.get())
        return shop.edge.counters().unchecked > 5

    ground.wait(is_old_asked)
    assert statuses == {HTTP_OK}
    rows = [line.split(",") for line in shop.edge._ask("show stat app_unchecked 4 -1").splitlines()]
    taken = {row[1]: int(row[7]) for row in rows if len(row) > 7 and row[0] == "app_unchecked"}
    assert sorted(count for count in taken.values() if count) == [shop.edge.counters().unchecked]


def _is_up(ground: Ground, container: Container) -> bool:
    slot = ground.slot_of(container)
    return bool(slot and slot.is_up and slot.is_check_passed)
