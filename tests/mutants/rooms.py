"""The rooms whose decisions are tried, and the unit tests that are asked."""

from __future__ import annotations

from dataclasses import dataclass

END_STATE = "tests/unit/commands/test_end_state.py"


@dataclass(frozen=True)
class Room:
    """A folder of `deploy/`.

    Attributes:
        tests: folders and files of unit tests; of these, a mutant is shown to the tests that run its function.
    """

    name: str
    tests: tuple[str, ...]

    @property
    def folder(self) -> str:
        return f"deploy/{self.name}"


ROOMS = {
    room.name: room
    for room in (
        Room("engine", ("tests/unit/engine", END_STATE)),
        Room("planning", ("tests/unit/planning", "tests/unit/commands")),
        Room("checks", ("tests/unit/checks", "tests/unit/commands", "tests/unit/steps")),
    )
}
