"""Which tool a project's pipeline shall install: the one that was named, or the very one that runs here. No guess."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

from deploy.adapters.init.checkout import source_of_checkout
from deploy.model.errors import UsageError
from deploy.model.tool_source import SourceKind, ToolSource

PACKAGE = "surefoot"
REPOSITORY_ROOT = Path(__file__).resolve().parents[3]
_COMMIT = re.compile(r"git\+(?P<url>[a-z]+://\S+)@(?P<commit>[0-9a-f]{40})")
_ADDRESS = re.compile(r"(?P<url>https://[^\s#]+)#sha256=(?P<sha256>[0-9a-f]{64})")
_SHEBANG = re.compile(rb"#!.*python(3\.\d+)\s*\n")
WAYS = (
    "--surefoot PATH of a file that `make dist` built, git+https://HOST/PATH@COMMIT with all 40 digits, or "
    "https://HOST/FILE#sha256=HASH"
)


def read_tool_source(word: str | None, directory: Path) -> ToolSource:
    """What pipelines install and scripts look for.

    Args:
        word: `--surefoot`; None for the tool that runs.
        directory: the project's.

    Raises:
        UsageError: the word names nothing exact, or it is not known where the running tool came from.
    """
    if word is None:
        return _running_tool(directory)
    if found := _COMMIT.fullmatch(word):
        return ToolSource(SourceKind.COMMIT, _without_secret(found["url"], f"git+{found['url']}@{found['commit']}"))
    if found := _ADDRESS.fullmatch(word):
        return ToolSource(_kind_of(found["url"]), _without_secret(found["url"], found["url"]), found["sha256"])
    if Path(word).is_file():
        return _file(Path(word), directory)
    raise UsageError(f"--surefoot {word}: {_why_not(word)}", hint=WAYS, reference="tool-source-unknown")


def _why_not(word: str) -> str:
    if word.startswith("git+"):
        return "a branch, a tag or a short hash may be another commit tomorrow"
    if "://" in word:
        return "an address without the file's sha256 may bring another file tomorrow"
    if "/" in word or word.endswith((".whl", ".pex")):
        return "there is no such file"
    return "no package index has a package of this tool, and a stranger could take the name"


def _running_tool(directory: Path) -> ToolSource:
    """The one file, an installation that pip remembers, or a checkout."""
    if own := _own_file():
        return _file(own, directory)
    return _remembered_by_pip() or source_of_checkout(REPOSITORY_ROOT, WAYS)


def _own_file() -> Path | None:
    """The executable file that this process was started from; the variable alone may be another program's."""
    named = os.environ.get("PEX", "")
    is_unpacked = (Path(sys.prefix) / "PEX-INFO").is_file()
    return Path(named) if is_unpacked and named and Path(named).is_file() else None


def _remembered_by_pip() -> ToolSource | None:
    """What pip was given (PEP 610): a commit, or a file with its hash; None for a checkout."""
    try:
        text = importlib.metadata.distribution(PACKAGE).read_text("direct_url.json")
    except importlib.metadata.PackageNotFoundError:
        return None
    facts = json.loads(text) if text else {}
    url = str(facts.get("url", ""))
    if commit := facts.get("vcs_info", {}).get("commit_id"):
        return ToolSource(SourceKind.COMMIT, _without_secret(url, f"git+{url}@{commit}"))
    sha256 = facts.get("archive_info", {}).get("hashes", {}).get("sha256")
    if sha256 and url.startswith("https://"):
        return ToolSource(SourceKind.WHEEL, _without_secret(url, url), sha256)
    if sha256 and url.startswith("file://"):
        return ToolSource(SourceKind.WHEEL, urlsplit(url).path, sha256, is_of_this_machine=True)
    return None


def _file(path: Path, directory: Path) -> ToolSource:
    """A file of this machine: its path in the project where it lies there, and its hash."""
    path = path.resolve()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}", hint=WAYS, reference="tool-source-unknown"
        ) from None
    is_inside = path.is_relative_to(directory.resolve())
    place = path.relative_to(directory.resolve()).as_posix() if is_inside else str(path)
    python = _SHEBANG.match(content[:200])
    return ToolSource(
        _kind_of(path.name), place, hashlib.sha256(content).hexdigest(), python[1].decode() if python else "",
        is_of_this_machine=not is_inside,
    )


def _kind_of(name: str) -> SourceKind:
    return SourceKind.WHEEL if name.endswith(".whl") else SourceKind.EXECUTABLE


def _without_secret(url: str, place: str) -> str:
    """The place, unless its address holds a password or a token: it will be committed."""
    parts = urlsplit(url)
    if parts.password or (parts.username and parts.scheme != "ssh"):
        raise UsageError(
            f"the address at {parts.hostname} holds a user's name or a password, and would be committed",
            hint="give it without: pip and git find their own credentials", reference="tool-source-secret",
        )
    return place
