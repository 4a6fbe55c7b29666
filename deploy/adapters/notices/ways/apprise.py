"""Through Apprise: Slack, Discord, Teams, mail, a webhook … each is one URL."""

from __future__ import annotations

import logging

import apprise

# Its log lines would show parts of the URLs.
logging.getLogger("apprise").setLevel(logging.CRITICAL)


def send(url: str, title: str, body: str, *, is_bad: bool) -> str:
    """Send one message; returns what is wrong, empty where it went out."""
    messenger = apprise.Apprise()
    if not messenger.add(url):
        return "is not one that Apprise knows"
    kind = apprise.NotifyType.FAILURE if is_bad else apprise.NotifyType.INFO
    is_sent = messenger.notify(title=title, body=body, notify_type=kind)
    return "" if is_sent else "refused the notice or does not answer"
