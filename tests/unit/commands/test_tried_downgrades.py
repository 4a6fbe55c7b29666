"""Which downgrades are tried."""

from __future__ import annotations

from deploy.checking.commands.tried_downgrades import MOST_DOWNGRADES, downgrade_stages
from deploy.model.releases import Revision, RevisionNote


def pending(*names: str) -> list[Revision]:
    downs = [(), *((name,) for name in names)]
    return [Revision(name, down, "", f"{name}.py") for name, down in zip(names, downs, strict=False)]


def notes(**has_downgrade: bool | None) -> dict[str, RevisionNote]:
    return {name: RevisionNote(name, f"{name}.py", has) for name, has in has_downgrade.items()}


def test_every_downgrade_is_tried_newest_first_and_the_upgrade_once_more() -> None:
    down, up = downgrade_stages(pending("a", "b"), notes(a=True, b=None), None, has_own_command=False)[0]
    assert (down["do"], down["to"], up["do"], up["to"]) == ("downgrade", ["b", "a"], "upgrade", ["heads"])


def test_nothing_below_a_revision_without_a_downgrade_is_tried() -> None:
    stages, why = downgrade_stages(pending("a", "b", "c"), notes(a=True, b=False, c=True), ("c",), has_own_command=False)
    assert stages[0]["to"] == ["c"]
    assert why == "b has no downgrade"


def test_a_long_history_is_tried_as_far_as_it_is_worth() -> None:
    stages, why = downgrade_stages(pending(*map(str, range(60))), {}, None, has_own_command=False)
    assert len(stages[0]["to"]) == MOST_DOWNGRADES  # type: ignore[arg-type]
    assert "only the newest" in why


def test_a_project_with_its_own_command_has_no_way_back_that_could_be_tried() -> None:
    assert downgrade_stages(pending("a"), {}, None, has_own_command=True) == ([], "the project migrates by a command of its own")
