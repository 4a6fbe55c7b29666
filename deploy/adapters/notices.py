"""Messages through Apprise: Slack, Discord, Teams, mail, a webhook … each is one URL in the settings."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from deploy.adapters.process import redact
from deploy.model.notices import Notice
from deploy.model.visible import visible

SEND_SECONDS = 10.0
LONGEST_BODY = 4000


class AppriseNotices:
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
            import apprise  # heavy, and only where notices are set

            # Its log lines would show parts of the URLs.
            logging.getLogger("apprise").setLevel(logging.CRITICAL)
            kind = apprise.NotifyType.FAILURE if notice.kind.is_bad else apprise.NotifyType.INFO
            title = visible(redact(notice.title, self._secrets))
            body = visible(redact(notice.body, self._secrets))[:LONGEST_BODY]
            for position, url in enumerate(self._urls, start=1):
                messenger = apprise.Apprise()
                if not messenger.add(url):
                    failed.append(f"address {position} of DEPLOY_NOTICE_URLS is not one that Apprise knows")
                elif not messenger.notify(title=title, body=body, notify_type=kind):
                    failed.append(f"address {position} of DEPLOY_NOTICE_URLS refused it or does not answer")
        except Exception as error:  # noqa: BLE001 - a notice never changes a result, whatever a library raises
            failed.append(type(error).__name__)
