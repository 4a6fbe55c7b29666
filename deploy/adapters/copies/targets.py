"""Where copies go, as a URL names it. No URL holds a secret: it is printed, recorded and planned with.

A kind of target is found by being there: a file of `stores/`, named like the beginning of the URL. It is imported when
such a target is used: the clients of stores are large, and one may be missing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import PurePosixPath
from pkgutil import iter_modules
from urllib.parse import urlsplit

from deploy.adapters.copies import stores as folder
from deploy.adapters.copies.store import StoreKind, Target
from deploy.model.errors import BlockedError, UsageError


def kind_names() -> tuple[str, ...]:
    """The files that are there."""
    return tuple(module.name for module in iter_modules(folder.__path__))


def kind_of(name: str) -> StoreKind:
    """The kind of store that this file registers.

    Raises:
        BlockedError: its client is not installed.
        TypeError: it registers none; it is named.
    """
    try:
        module = import_module(f"{folder.__name__}.{name}")
    except ModuleNotFoundError as error:
        client = (error.name or "").partition(".")[0]
        raise BlockedError(
            f"copies to {name}:// need the Python package {client}, which is not installed",
            hint=f"{sys.executable} -m pip install {client}; scripts/bootstrap.sh, and the one file that `make dist` "
            "builds, bring it by themselves",
            reference="copy-client-missing",
        ) from None
    kind = getattr(module, "KIND", None)
    if not isinstance(kind, StoreKind):
        raise TypeError(f"{module.__name__} has no KIND: it is no kind of store")
    return kind


def parse_target(text: str) -> Target:
    """The target of a URL or an absolute path.

    Raises:
        UsageError: it is none, or it holds a password.
        BlockedError: the client of its kind is not installed.
    """
    if text.startswith("/"):
        return Target("file", text, "", str(PurePosixPath(text)))
    url = urlsplit(text)
    if url.password is not None:
        raise UsageError(
            f"the target {url.scheme}://{url.hostname or ''} holds a password",
            hint="use a key file or the store's own credentials: URLs are printed and recorded",
            reference="secret-in-target",
        )
    if url.query or url.fragment:
        raise _bad(text, "it may not contain ? or #")
    if url.scheme not in kind_names():
        raise _bad(text, "its kind is not known")
    try:
        return kind_of(url.scheme).read_target(text, url)
    except ValueError as error:
        raise _bad(text, str(error)) from None


def _bad(text: str, why: str) -> UsageError:
    return UsageError(
        f"{text} is not a target for copies: {why}", hint=f"one of {', '.join(_examples())} or /mnt/backups",
        reference="bad-copy-target",
    )


def _examples() -> list[str]:
    found = []
    for name in kind_names():
        try:
            found.append(kind_of(name).example)
        except BlockedError:  # its client is not installed
            found.append(f"{name}://")
    return found
