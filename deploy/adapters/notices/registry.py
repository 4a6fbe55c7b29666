"""The ways of sending a message, found by being there: a file of `ways/` with a function `send`.

A file is imported when a message goes to such an address: the libraries of chats are large.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol

from deploy.adapters.notices import ways as folder

EVERY_OTHER = "apprise"


class Send(Protocol):
    """Sends one message."""

    def __call__(self, url: str, title: str, body: str, *, is_bad: bool) -> str:
        """Send it; returns what is wrong in words that follow `address 2 of DEPLOY_NOTICE_URLS`, empty if nothing.

        Args:
            url: secret; in no answer.
            is_bad: whether somebody should look.
        """


def way_names() -> tuple[str, ...]:
    """The files that are there."""
    return tuple(module.name for module in iter_modules(folder.__path__))


def way_of(url: str) -> Send:
    """The way of this address: `my-chat://…` is sent by `ways/my_chat.py`.

    Raises:
        TypeError: its file has no `send`; it is named.
    """
    scheme = url.partition("://")[0].lower().replace("-", "_")
    module = import_module(f"{folder.__name__}.{scheme if scheme in way_names() else EVERY_OTHER}")
    send: Send | None = getattr(module, "send", None)
    if send is None:
        raise TypeError(f"{module.__name__} has no function `send`: it is no way of sending a notice")
    return send
