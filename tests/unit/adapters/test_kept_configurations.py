"""The compose file of a release, as it was rendered for it: kept for its owner alone, put back, forgotten."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from deploy.adapters.kept_configurations import KeptConfigurations
from deploy.model.errors import StepFailed


@pytest.fixture
def kept(tmp_path: Path) -> KeptConfigurations:
    return KeptConfigurations(tmp_path / "releases")


def test_what_is_kept_is_read_by_its_owner_alone(kept: KeptConfigurations) -> None:
    assert kept.read("release-1") is None
    kept.keep("release-1", '{"services": {"web": {}}}')

    path = kept.path_of("release-1")
    assert path is not None
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)
    assert kept.read("release-1") == {"services": {"web": {}}}


def test_what_was_kept_before_comes_back_once_and_stays(kept: KeptConfigurations) -> None:
    kept.keep("release-1", '{"a": 1}')
    kept.keep("release-1", '{"a": 2}')
    kept.keep("release-1", '{"a": 2}')  # a run that was killed, and went on
    assert kept.read("release-1") == {"a": 2}

    kept.put_back("release-1")
    kept.put_back("release-1")
    assert kept.read("release-1") == {"a": 1}


def test_what_is_forgotten_is_gone_with_what_was_before_it(kept: KeptConfigurations, tmp_path: Path) -> None:
    kept.keep("release-1", '{"a": 1}')
    kept.keep("release-1", '{"a": 2}')
    kept.keep("release-2", "{}")

    kept.forget("release-1")
    kept.forget("release-1")

    assert [path.name for path in (tmp_path / "releases").iterdir()] == ["release-2"]


def test_a_name_leads_nowhere_else(kept: KeptConfigurations, tmp_path: Path) -> None:
    kept.keep("../../outside", "{}")

    assert (tmp_path / "releases" / "outside").is_dir()
    assert [path.name for path in tmp_path.iterdir()] == ["releases"]


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "releases").write_text("a file")

    with pytest.raises(StepFailed) as caught:
        KeptConfigurations(tmp_path / "releases").keep("release-1", "{}")
    assert caught.value.reference == "state-not-writable"


def test_what_is_broken_is_as_what_was_never_kept(kept: KeptConfigurations) -> None:
    kept.keep("release-1", "{")

    assert kept.read("release-1") is None
