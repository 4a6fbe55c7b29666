"""A checkout of the tool: its remote and its commit, where others can fetch exactly what is here."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from deploy.adapters.git import ask_git
from deploy.model.errors import UsageError
from deploy.model.tool_source import SourceKind, ToolSource

_SCP_LIKE = re.compile(r"(?P<host>[\w.-]+@[\w.-]+):(?P<path>[^/].*)")
FETCHED_BY_PIP = {"https", "ssh", "file"}


def source_of_checkout(root: Path, ways: str) -> ToolSource:
    """The commit that is checked out, at the remote that has it.

    Args:
        root: of the checkout.
        ways: what else may be named, for the hint.

    Raises:
        UsageError: there is no remote, it lacks the commit, or the files are not the commit's.
    """
    commit = ask_git(root, "rev-parse", "HEAD") if (root / ".git").exists() else ""
    remote = _remote(root) if commit else ""
    if not remote:
        raise _refused("this tool is no checkout with a remote, and was installed from no file and no commit", ways)
    if ask_git(root, "status", "--porcelain", "--untracked-files=no", "--", "deploy", "pyproject.toml"):
        raise _refused(f"{root} has changes that are in no commit", f"commit and push them; or {ways}")
    if not ask_git(root, "branch", "--remotes", "--contains", commit):
        raise _refused(f"commit {commit[:12]} of {root} is at no remote that is known here", f"git push; or {ways}")
    url = _address(root, remote, ways)
    return ToolSource(SourceKind.COMMIT, f"git+{url}@{commit}", is_of_this_machine=url.startswith("file:"))


def _remote(root: Path) -> str:
    """`origin`, else the only one; empty where there is none, or no one to prefer."""
    names = ask_git(root, "remote").split()
    return "origin" if "origin" in names else names[0] if len(names) == 1 else ""


def _address(root: Path, remote: str, ways: str) -> str:
    """The remote's address as pip wants it, without the credentials that may stand in it."""
    told = ask_git(root, "remote", "get-url", remote)
    if found := _SCP_LIKE.fullmatch(told):
        return f"ssh://{found['host']}/{found['path']}"
    if "://" not in told:
        return (root / told).resolve().as_uri()
    parts = urlsplit(told)
    if parts.scheme not in FETCHED_BY_PIP:
        raise _refused(f"the remote {remote} is fetched by {parts.scheme}, which proves nothing", ways)
    host = parts.netloc.rpartition("@")[2]
    user = f"{parts.username}@" if parts.scheme == "ssh" and parts.username else ""
    return f"{parts.scheme}://{user}{host}{parts.path}"


def _refused(what: str, hint: str) -> UsageError:
    return UsageError("which version of the tool pipelines should install is not known: "
    f"{what}", hint=hint, reference="tool-source-unknown")
