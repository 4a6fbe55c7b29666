"""A helper container is removed when its process is known to be gone, and never because that cannot be told."""

from __future__ import annotations

import subprocess
import sys

import pytest

from deploy.adapters.helpers import is_owner_gone, owner_word

HOST, BOOT, SPACE, PID, START = range(5)


def _changed(**words: str) -> str:
    names = {"host": HOST, "boot": BOOT, "namespace": SPACE, "pid": PID, "start": START}
    parts = owner_word().split(" ")
    for name, value in words.items():
        parts[names[name]] = value
    return " ".join(parts)


def test_a_living_owner_is_not_gone_and_a_dead_one_is() -> None:
    assert not is_owner_gone(owner_word())
    print_word = "from deploy.adapters.helpers import owner_word; print(owner_word())"
    word = subprocess.run([sys.executable, "-c", print_word], capture_output=True, text=True, check=True).stdout.strip()
    assert is_owner_gone(word)


@pytest.mark.parametrize(
    ("change", "is_gone"),
    [
        ({"start": "1"}, True),
        ({"boot": "another-boot"}, True),
        ({"host": "another-host", "start": "1"}, False),
        ({"namespace": "pid:[1]", "start": "1"}, False),
        ({"pid": "what"}, False),
    ],
)
def test_a_number_that_means_another_process_is_told_apart(change: dict[str, str], is_gone: bool) -> None:
    assert is_owner_gone(_changed(**change)) is is_gone


def test_a_label_that_is_none_of_ours_removes_nothing() -> None:
    assert not is_owner_gone("")
    assert not is_owner_gone("1")
