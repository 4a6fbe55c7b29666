"""The rooms whose decisions are tried, and the unit tests that are asked."""

from __future__ import annotations

from dataclasses import dataclass

COMMANDS = "tests/unit/commands"


@dataclass(frozen=True)
class Room:
    """A folder of `deploy/`.

    Attributes:
        tests: folders and files of unit tests; of these, a mutant is shown to the tests that run its function.
        left_out: of these, files that are not asked: long searches for what nobody thought of. What only they would
            notice has no obligation with a name yet.
    """

    name: str
    tests: tuple[str, ...]
    left_out: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        return f"deploy/{self.name}"


ROOMS = {
    room.name: room
    for room in (
        Room(
            "engine", ("tests/unit/engine", f"{COMMANDS}/test_end_state.py"),
            left_out=("tests/unit/engine/test_any_death.py",),
        ),
        Room(
            "planning",
            (
                "tests/unit/planning", f"{COMMANDS}/test_contract.py", f"{COMMANDS}/test_end_state.py",
                f"{COMMANDS}/test_production_look.py",
            ),
        ),
        Room("checks", ("tests/unit/checks", f"{COMMANDS}/test_other_checkout.py")),
    )
}
