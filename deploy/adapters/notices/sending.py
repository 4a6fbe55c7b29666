"""Messages to the addresses of the settings: each is one URL, and its beginning says which way sends it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from deploy.adapters.notices.registry import way_of
from deploy.adapters.process import redact
from deploy.model.notices import Notice
from deploy.model.visible import visible

SEND_SECONDS = 10.0
LONGEST_BODY = 4000


class SentNotices:
    """doors.Notices.

    Args:
        urls: secret; in no message and no warning.
        secrets: further values that no message may hold.
        warn: told when a message did not go out.
    """

    def __init__(self, urls: Sequence[str], secrets: Sequence[str], warn: Callable[[str], None]) -> None:
        self._urls = tuple(urls)
        self._secrets = (*secrets, *urls)
        self._warn = warn

    def send(self, notice: Notice) -> None:
        """In a thread of its own with a deadline: a chat that does not answer must not hold up a deployment."""
        if not self._urls:
            return
        failed: list[str] = []
        work = threading.Thread(target=self._send_all, args=(notice, failed), daemon=True, name="surefoot-notice")
        work.start()
        work.join(timeout=SEND_SECONDS)
        if work.is_alive():
            self._warn(f"the notice `{notice.kind}` was not sent within {SEND_SECONDS:.0f} s")
        elif failed:
            self._warn(f"the notice `{notice.kind}` was not sent: {'; '.join(failed)}")

    def _send_all(self, notice: Notice, failed: list[str]) -> None:
        try:
            title = visible(redact(notice.title, self._secrets))
            body = visible(redact(notice.body, self._secrets))[:LONGEST_BODY]
            for position, url in enumerate(self._urls, start=1):
                problem = way_of(url)(url, title, body, is_bad=notice.kind.is_bad)
                if problem:
                    failed.append(f"address {position} of DEPLOY_NOTICE_URLS {problem}")
        except Exception as error:  # noqa: BLE001 - a notice never changes a result, whatever a library raises
            failed.append(type(error).__name__)
