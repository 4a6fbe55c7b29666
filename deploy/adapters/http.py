"""GET, as a visitor would: no proxy, no redirect, no retry."""

from __future__ import annotations

import http.client
import time
from urllib.parse import urlsplit

from deploy.model.containers import HttpAnswer
from deploy.model.errors import UsageError

MAX_BODY_BYTES = 1_000_000


class PlainHttp:
    """The standard library's client; it goes to our own edge."""

    def get(self, url: str, timeout_seconds: float) -> HttpAnswer | None:
        """The answer, or None where there was none."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise UsageError(
                f"{url} is not a URL", hint="correct DEPLOY_PUBLIC_URL", reference="bad-setting"
            ) from None
        make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        started = time.monotonic()
        try:
            connection = make(parts.hostname or "", port, timeout=timeout_seconds)
            try:
                path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
                connection.request("GET", path, headers={"Connection": "close", "User-Agent": "surefoot"})
                response = connection.getresponse()
                body = response.read(MAX_BODY_BYTES)
            finally:
                connection.close()
        except (OSError, http.client.HTTPException):
            return None
        headers = {name.lower(): value for name, value in response.getheaders()}
        return HttpAnswer(response.status, headers, body, time.monotonic() - started)
