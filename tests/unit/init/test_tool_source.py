"""Which tool a pipeline installs: exactly one, pinned by a hash, or none."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.adapters.init import tool_source
from deploy.adapters.init.checkout import source_of_checkout
from deploy.adapters.init.tool_source import read_tool_source
from deploy.model.errors import UsageError
from deploy.model.tool_source import SourceKind

COMMIT = "a1" * 20
HASH = "b2" * 32


def refused(word: str | None, directory: Path) -> UsageError:
    with pytest.raises(UsageError) as caught:
        read_tool_source(word, directory)
    return caught.value


@pytest.mark.parametrize(
    "word",
    [
        "surefoot", "surefoot==1.0", "git+https://git.example.com/a/surefoot.git", "missing/surefoot.pex",
        "git+https://git.example.com/a/surefoot.git@main", "git+https://git.example.com/a/surefoot.git@a1a1a1a",
        "https://files.example.com/surefoot.pex", "https://files.example.com/surefoot.pex#sha256=abc",
        f"http://files.example.com/surefoot.pex#sha256={HASH}",
    ],
)
def test_what_may_be_another_tool_tomorrow_is_refused_with_the_ways_that_may_not(word: str, tmp_path: Path) -> None:
    error = refused(word, tmp_path)
    assert error.reference == "tool-source-unknown"
    assert "make dist" in error.hint


@pytest.mark.parametrize("word", [
    f"git+https://token@git.example.com/a/s.git@{COMMIT}", f"git+https://u:secret@git.example.com/a/s.git@{COMMIT}",
    f"https://u:secret@files.example.com/s.whl#sha256={HASH}",
])
def test_credentials_never_reach_a_file_that_is_committed(word: str, tmp_path: Path) -> None:
    error = refused(word, tmp_path)
    assert error.reference == "tool-source-secret"
    assert "secret" not in error.what
    assert "token" not in error.what


def test_a_commit_and_an_address_with_its_hash_are_taken_as_they_are(tmp_path: Path) -> None:
    commit = read_tool_source(f"git+ssh://git@git.example.com/a/s.git@{COMMIT}", tmp_path)
    assert (commit.kind, commit.sha256) == (SourceKind.COMMIT, "")
    file = read_tool_source(f"https://files.example.com/s-1.0-py3-none-any.whl#sha256={HASH}", tmp_path)
    assert (file.kind, file.place, file.sha256) == (
        SourceKind.WHEEL, "https://files.example.com/s-1.0-py3-none-any.whl", HASH,
    )


def test_a_file_is_pinned_by_the_hash_of_its_bytes(tmp_path: Path) -> None:
    inside = tmp_path / "shop" / "tools" / "surefoot.pex"
    inside.parent.mkdir(parents=True)
    inside.write_bytes(b"#!/usr/bin/env python3.12\nPK")
    found = read_tool_source(str(inside), tmp_path / "shop")
    assert (found.kind, found.place, found.python_version) == (SourceKind.EXECUTABLE, "tools/surefoot.pex", "3.12")
    assert found.sha256 == hashlib.sha256(inside.read_bytes()).hexdigest()
    assert not found.is_of_this_machine
    outside = read_tool_source(str(inside), tmp_path / "other")
    assert (outside.place, outside.is_of_this_machine) == (str(inside), True)


def run_git(directory: Path, *words: str) -> str:
    return subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-C", str(directory), *words],
        capture_output=True, text=True, check=True,
    ).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A clone of a repository that has its commit."""
    (tmp_path / "origin" / "deploy").mkdir(parents=True)
    (tmp_path / "origin" / "deploy" / "a.py").write_text("1\n")
    run_git(tmp_path / "origin", "init", "-q", "-b", "main")
    run_git(tmp_path / "origin", "add", ".")
    run_git(tmp_path / "origin", "commit", "-qm", "one")
    run_git(tmp_path, "clone", "-q", "origin", "checkout")
    return tmp_path / "checkout"


@pytest.mark.parametrize(
    ("remote", "place"),
    [
        ("https://git.example.com/a/s.git", "git+https://git.example.com/a/s.git@"),
        ("https://user:secret@git.example.com/a/s.git", "git+https://git.example.com/a/s.git@"),
        ("git@git.example.com:a/s.git", "git+ssh://git@git.example.com/a/s.git@"),
        ("ssh://git@git.example.com:2222/a/s.git", "git+ssh://git@git.example.com:2222/a/s.git@"),
    ],
)
def test_a_checkout_is_its_remote_and_its_commit(checkout: Path, remote: str, place: str) -> None:
    run_git(checkout, "remote", "set-url", "origin", remote)
    found = source_of_checkout(checkout, "")
    assert found.place == place + run_git(checkout, "rev-parse", "HEAD")
    assert not found.is_of_this_machine


def test_a_remote_of_this_machine_is_named_and_known_to_be_of_this_machine(checkout: Path) -> None:
    found = source_of_checkout(checkout, "")
    assert found.place.startswith(f"git+file://{checkout.parent}/origin@")
    assert found.is_of_this_machine


def test_a_checkout_that_nobody_else_can_have_is_refused(checkout: Path) -> None:
    def is_refused() -> str:
        with pytest.raises(UsageError) as caught:
            source_of_checkout(checkout, "the ways")
        assert "the ways" in caught.value.hint
        return caught.value.what

    (checkout / "deploy" / "a.py").write_text("2\n")
    assert "in no commit" in is_refused()
    run_git(checkout, "commit", "-qam", "two")
    assert "at no remote" in is_refused()
    run_git(checkout, "reset", "-q", "--hard", "origin/main")
    run_git(checkout, "remote", "set-url", "origin", "git://git.example.com/a/s.git")
    assert "proves nothing" in is_refused()
    run_git(checkout, "remote", "remove", "origin")
    assert "no checkout with a remote" in is_refused()


def installed_from(monkeypatch: pytest.MonkeyPatch, facts: dict[str, object]) -> None:
    """As if pip had written this beside the package."""
    class Installed:
        def read_text(self, name: str) -> str:
            assert name == "direct_url.json"
            return json.dumps(facts)

    monkeypatch.delenv("PEX", raising=False)
    monkeypatch.setattr(importlib.metadata, "distribution", lambda _: Installed())


def test_an_installation_is_what_pip_was_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    url = "https://git.example.com/a/s.git"
    installed_from(monkeypatch, {"url": url, "vcs_info": {"vcs": "git", "commit_id": COMMIT}})
    assert read_tool_source(None, tmp_path).place == f"git+{url}@{COMMIT}"
    installed_from(monkeypatch, {"url": "https://f.example.com/s.whl", "archive_info": {"hashes": {"sha256": HASH}}})
    found = read_tool_source(None, tmp_path)
    assert (found.kind, found.place, found.sha256) == (SourceKind.WHEEL, "https://f.example.com/s.whl", HASH)


def test_an_installation_of_which_nothing_is_known_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    installed_from(monkeypatch, {})
    monkeypatch.setattr(tool_source, "REPOSITORY_ROOT", tmp_path / "site-packages")
    assert refused(None, tmp_path).reference == "tool-source-unknown"


def test_the_one_file_that_runs_names_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "surefoot.pex"
    file.write_bytes(b"#!/usr/bin/env python3.11\nPK")
    monkeypatch.setenv("PEX", str(file))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "unpacked"))
    installed_from_nothing = {"url": "https://f.example.com/s.whl", "archive_info": {"hashes": {"sha256": HASH}}}
    monkeypatch.setattr(
        importlib.metadata, "distribution",
        lambda _: type("Installed", (), {"read_text": lambda *_: json.dumps(installed_from_nothing)})(),
    )
    assert read_tool_source(None, tmp_path / "shop").place == "https://f.example.com/s.whl"  # another program's variable
    (tmp_path / "unpacked").mkdir()
    (tmp_path / "unpacked" / "PEX-INFO").touch()
    assert read_tool_source(None, tmp_path / "shop").place == str(file)
