"""What the reference application answers when more comes than it can serve."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app import health
from app.health import SLOW_DATABASE_SECONDS, Health, HealthOfNow
from app.overload import OverloadedError, Turns


def test_beyond_the_queue_a_request_is_refused_at_once_and_those_before_are_served() -> None:
    async def go() -> tuple[int, int]:
        turns, is_over = Turns(2, 3), asyncio.Event()

        async def work() -> str:
            async with turns.turn():
                await is_over.wait()
                return "served"

        tasks = [asyncio.create_task(work()) for _ in range(9)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        refused = [task for task in tasks if task.done() and isinstance(task.exception(), OverloadedError)]
        is_over.set()
        served = [task for task in await asyncio.gather(*tasks, return_exceptions=True) if task == "served"]
        return len(refused), len(served)

    assert asyncio.run(go()) == (4, 5)


def test_nobody_waits_longer_than_the_longest_wait_and_the_turn_is_not_lost() -> None:
    async def go() -> None:
        turns = Turns(1, 5, longest_wait_seconds=0.01)
        async with turns.turn():
            with pytest.raises(OverloadedError):
                async with turns.turn():
                    raise AssertionError("two at once")
        async with turns.turn():
            pass

    asyncio.run(go())


def test_a_caller_that_gives_up_while_it_waits_leaves_the_queue() -> None:
    async def go() -> None:
        turns = Turns(1, 1)
        async with turns.turn():
            waiting = asyncio.create_task(turns.turn().__aenter__())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            another = asyncio.create_task(turns.turn().__aenter__())
            await asyncio.sleep(0)
            assert not another.done()
        await another

    asyncio.run(go())


class Observed:
    """Stands for the database: answers as told, and counts how often it was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: Health) -> None:
        self.answers, self.count = list(answers), 0
        monkeypatch.setattr(health, "observe_health", self.observe)

    async def observe(self, _engine: Any, **_names: Any) -> Health:
        self.count += 1
        await asyncio.sleep(0)
        return self.answers.pop(0)


GOOD = Health("ok", "release-1", "0007", "0007")
LATE = Health("unavailable", "release-1", "0007", detail="database: TimeoutError", is_late=True)
GONE = Health("unavailable", "release-1", "0007", detail="database: ConnectionRefusedError")


def test_many_who_ask_at_once_cost_one_question(monkeypatch: pytest.MonkeyPatch) -> None:
    observed = Observed(monkeypatch, GOOD)

    async def go() -> list[Health]:
        now = HealthOfNow(None, release="release-1", shipped=("0007",))  # type: ignore[arg-type]
        return await asyncio.gather(*(now.ask() for _ in range(20)))

    assert asyncio.run(go()) == [GOOD] * 20
    assert observed.count == 1


def test_a_late_database_is_slow_for_a_while_and_a_refusing_one_is_gone_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    Observed(monkeypatch, LATE, GOOD, LATE, GONE, LATE, LATE)
    at = [0.0]

    async def go() -> list[bool]:
        now = HealthOfNow(None, release="release-1", shipped=("0007",), clock=lambda: at[0])  # type: ignore[arg-type]
        found = []
        for seconds in (0.0, 1.0, 2.0, 3.0, 4.0, 2.0 + SLOW_DATABASE_SECONDS):
            at[0] = seconds
            found.append((await now.ask()).is_ok)
        return found

    assert asyncio.run(go()) == [False, True, True, False, True, False]


def test_who_asks_sees_that_the_answer_was_late_and_no_inner_word(monkeypatch: pytest.MonkeyPatch) -> None:
    Observed(monkeypatch, GOOD, LATE)

    async def go() -> dict[str, str | None]:
        now = HealthOfNow(None, release="release-1", shipped=("0007",))  # type: ignore[arg-type]
        await now.ask()
        return (await now.ask()).as_json()

    assert asyncio.run(go()) == {
        "status": "ok", "release": "release-1", "image_revision": "0007", "database_revision": "0007",
        "detail": "slow: database: TimeoutError",
    }
