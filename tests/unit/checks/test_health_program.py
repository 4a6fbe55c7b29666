"""A health check that calls what the image does not have is known before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from deploy.checks.health_program import health_command, health_program_problems
from deploy.model.compose_look import ComposeLook
from deploy.model.containers import ProbeOutcome
from deploy.model.doors import World
from deploy.model.errors import EXIT_BLOCKED, BlockedError
from deploy.model.releases import Image
from tests.fakes.fake_world import FakeWorld

IMAGE = Image("sha256:new", "example/shop:latest", None, 1)
SHELL = ["/bin/sh", "-c"]


@dataclass
class Probes:
    """doors.Containers' run_probe; keeps what it was asked."""

    exit_code: int = 127
    output: tuple[str, str] = ("", "")
    failure: BlockedError | None = None
    asked: list[tuple[str, list[str], dict[str, str], float]] = field(default_factory=list)

    def run_probe(
        self, image_id: str, command: Sequence[str], *, environment: Mapping[str, str], timeout_seconds: float
    ) -> ProbeOutcome:
        self.asked.append((image_id, list(command), dict(environment), timeout_seconds))
        if self.failure:
            raise self.failure
        return ProbeOutcome(self.exit_code, *self.output)


def problems(probes: Probes, test: tuple[str, ...] = ("CMD", "ask", "-f"), **changes: Any) -> list[BlockedError]:
    world: World = replace(FakeWorld().world, containers=cast("Any", probes))
    return health_program_problems(world, IMAGE, ComposeLook(health_test=test, **changes))


@pytest.mark.parametrize(
    ("test", "command"),
    [
        (("CMD", "ask", "-f"), ["ask", "-f"]), (("CMD-SHELL", "ask || exit 1"), [*SHELL, "ask || exit 1"]),
        (("CMD",), []), (("CMD-SHELL",), []), (("NONE",), []), ((), []), (("NONE", "x"), []),
    ],
)
def test_the_check_is_run_as_docker_would_run_it(test: tuple[str, ...], command: list[str]) -> None:
    assert health_command(test) == command


@pytest.mark.parametrize(
    ("exit_code", "is_problem"), [(126, True), (127, True), (0, False), (1, False), (125, False), (128, False)]
)
def test_only_a_missing_program_is_a_problem_for_a_check_without_its_application_fails(
    exit_code: int, is_problem: bool
) -> None:
    found = problems(Probes(exit_code))
    assert [(p.exit_code, p.reference) for p in found] == [(EXIT_BLOCKED, "health-check-impossible")] * is_problem


def test_it_is_run_alone_in_the_image_with_its_path_and_not_for_long() -> None:
    probes = Probes()
    problems(probes, health_timeout_seconds=4, path_variable="/app/bin")
    problems(probes, health_timeout_seconds=10)
    assert probes.asked == [
        (IMAGE.image_id, ["ask", "-f"], {"PATH": "/app/bin"}, 5), (IMAGE.image_id, ["ask", "-f"], {}, 10),
    ]


@pytest.mark.parametrize("ending", ["", " || exit 1", " || exit", " ||exit 1;", "|| false", " || false ; "])
def test_an_ending_that_would_hide_the_shells_word_is_taken_off(ending: str) -> None:
    probes = Probes()
    problems(probes, ("CMD-SHELL", f"ask{ending}"))
    assert probes.asked[0][1][:2] == SHELL
    assert probes.asked[0][1][2].strip() == "ask"


def test_another_ending_is_part_of_the_check() -> None:
    probes = Probes()
    problems(probes, ("CMD-SHELL", "ask || exit 1; other"))
    problems(probes, ("CMD", "ask", "x", "y || exit 1"))
    assert [command[-1] for _, command, _, _ in probes.asked] == ["ask || exit 1; other", "y || exit 1"]


def test_what_lies_in_a_volume_is_not_looked_for() -> None:
    probes = Probes()
    assert problems(probes, ("CMD", "/tools/ask"), mount_targets=("/other", "/tools/")) == []
    assert probes.asked == []
    assert problems(probes, ("CMD", "sh", "/tools/ask"), mount_targets=("/tools",)) == []
    assert len(problems(probes, ("CMD", "/toolset/ask"), mount_targets=("/tools/",))) == 1
    assert len(problems(probes, mount_targets=("/tools/X",), test=("CMD", "/tools/ask"))) == 1
    assert problems(probes, ()) == []
    assert len(probes.asked) == 3


def test_a_check_that_waits_for_somebody_has_its_program() -> None:
    late = BlockedError("it took too long", hint="", reference="probe-timeout")
    assert problems(Probes(failure=late)) == []
    with pytest.raises(BlockedError, match="no engine"):
        problems(Probes(failure=BlockedError("no engine", hint="", reference="engine-unreachable")))


def test_the_problem_names_the_image_and_what_was_said_or_the_exit_code() -> None:
    [said] = problems(Probes(127, ("a\n b", "ask:  not found" + "z" * 400)))
    assert "example/shop:latest" in said.what
    assert "a b ask: not found" in said.what
    assert said.what.count("z") == 300 - len("a b ask: not found")
    [silent] = problems(Probes(126))
    assert "126" in silent.what
    assert silent.hint
