"""Real signals. What leaves at once is watched from outside, in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from deploy.engine.stop_signals import StopSignals
from deploy.model.errors import InterruptedByOperator


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_tells_once(number: signal.Signals) -> None:
    told: list[str] = []
    with StopSignals(told.append) as stop:
        stop.raise_if_requested()
        os.kill(os.getpid(), number)
        assert stop.is_requested()
        with pytest.raises(InterruptedByOperator) as interrupted:
            stop.raise_if_requested()
    assert (interrupted.value.reference, interrupted.value.hint) == ("interrupted", "./scripts/deploy.sh status")
    assert len(told) == 1
    assert "stopping after the present action" in told[0]


def test_shields_nest_and_a_signal_inside_is_remembered() -> None:
    told: list[str] = []
    with StopSignals(told.append) as stop:
        with stop.shielded():
            with stop.shielded():
                os.kill(os.getpid(), signal.SIGINT)
                assert not stop.is_requested()
            stop.raise_if_requested()
            assert not stop.is_requested()
        assert stop.is_requested()
    assert "already undoing" in told[0]


def test_a_shield_ends_also_when_what_it_shields_breaks() -> None:
    with StopSignals(lambda line: None) as stop:
        with pytest.raises(ValueError, match="x"), stop.shielded():
            raise ValueError("x")
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.is_requested()


def test_a_lost_terminal_does_not_stop_a_deployment() -> None:
    with StopSignals(lambda line: None) as stop:
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGPIPE)
        assert not stop.is_requested()


def test_a_line_that_cannot_be_told_does_not_raise_into_a_step() -> None:
    def broken(line: str) -> None:
        raise RuntimeError("reentrant call inside a buffered writer")

    with StopSignals(broken) as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.is_requested()


def test_the_handlers_before_are_put_back() -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE)
    before = [signal.getsignal(number) for number in numbers]
    with StopSignals(lambda line: None):
        assert [signal.getsignal(number) for number in numbers] != before
    assert [signal.getsignal(number) for number in numbers] == before


@pytest.mark.parametrize("has_terminal", [True, False])
def test_the_second_signal_writes_to_the_screen_what_comes_next_and_ends_with_4(
    monkeypatch: pytest.MonkeyPatch, has_terminal: bool
) -> None:
    """In this process, with the two calls that end it replaced."""
    written: list[tuple[int, bytes]] = []

    def write(number: int, line: bytes) -> int:
        if not has_terminal:
            raise BrokenPipeError
        written.append((number, line))
        return len(line)

    def leave(code: int) -> None:
        raise SystemExit(code)

    with StopSignals(lambda line: None) as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.is_requested() is True
        monkeypatch.setattr(os, "write", write)
        monkeypatch.setattr(os, "_exit", leave)
        with pytest.raises(SystemExit) as left:
            os.kill(os.getpid(), signal.SIGTERM)
        monkeypatch.undo()
    assert left.value.code == 4
    assert [number for number, _ in written] == [2] * has_terminal
    assert all(b"./scripts/deploy.sh resume" in line for _, line in written)


@pytest.mark.parametrize("shield", ["nullcontext()", "stop.shielded()"])
@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_the_second_signal_leaves_at_once_also_while_undoing(shield: str, number: str) -> None:
    program = textwrap.dedent(f"""
        import os, signal, sys
        from contextlib import nullcontext
        from deploy.engine.stop_signals import StopSignals
        with StopSignals(print) as stop, {shield}:
            try:
                os.kill(os.getpid(), signal.{number})
                os.kill(os.getpid(), signal.{number})
            finally:
                os.write(1, b"cleaned up")
    """)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 4
    assert "cleaned up" not in done.stdout
    assert "./scripts/deploy.sh resume" in done.stderr
