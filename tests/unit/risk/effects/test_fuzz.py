"""Obligation: no text brings the reading, the prediction or a rule down."""

from __future__ import annotations

import os

import pytest

from deploy.checking.prediction.schema import Schema
from deploy.checking.statements import Statement
from tests.bench import fuzz_statements

SEED, COUNT, FEWEST_READABLE = 15, 400, 200


def test_a_mutated_statement_does_not_bring_the_check_down() -> None:
    found = fuzz_statements.fuzz(COUNT, SEED)
    assert found.crashes == {}
    assert found.soft == {}
    assert found.tried == COUNT
    assert found.readable >= FEWEST_READABLE


def test_a_crash_is_told_with_the_text_that_made_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_schema: Schema, statement: Statement) -> None:
        if "x" in statement.text:
            raise IndexError("broken")

    monkeypatch.setattr(fuzz_statements, "apply", broken)
    found = fuzz_statements.Found()
    fuzz_statements.try_texts(["DROP TABLE y", "DROP TABLE x"], SEED, found)
    assert {crash.text for crash in found.crashes.values()} == {"DROP TABLE x"}


def test_the_same_seed_makes_the_same_mutants() -> None:
    assert list(fuzz_statements.mutants(50, SEED)) == list(fuzz_statements.mutants(50, SEED))


def test_what_ends_the_whole_process_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    deadly = list(fuzz_statements.mutants(60, SEED))[37]

    def die(texts: list[str], seed: int, found: fuzz_statements.Found) -> None:
        del seed, found
        if deadly in texts:
            os._exit(11)

    monkeypatch.setattr(fuzz_statements, "try_texts", die)
    assert fuzz_statements.killers(60, SEED) == (deadly,)
    assert fuzz_statements.killers(20, SEED) == ()
