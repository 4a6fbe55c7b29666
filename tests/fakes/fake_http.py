"""GET, answered by the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from deploy.model.containers import HttpAnswer


def answer(status: int = 200, body: bytes = b"", headers: Mapping[str, str] | None = None) -> HttpAnswer:
    """An answer that took no time."""
    return HttpAnswer(status, dict(headers or {}), body, 0.0)


class FakeHttp:
    """doors.Http. `replies` come in order and the last one stays; `handler` decides instead when it is set."""

    def __init__(self, *replies: HttpAnswer | None) -> None:
        self._replies = list(replies)
        self.handler: Callable[[str], HttpAnswer | None] | None = None
        self.urls: list[str] = []

    def get(self, url: str, timeout_seconds: float) -> HttpAnswer | None:
        self.urls.append(url)
        if self.handler:
            return self.handler(url)
        if not self._replies:
            return None
        return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
