"""The container's health check: exit 0 where /api/health answers 200.

Runs every second in every container, so it imports nothing but an HTTP client (no curl in the image).
"""

import http.client
import sys

TIMEOUT_SECONDS = 1.8  # below the compose file's 2 s


def main() -> int:
    """Ask once; on failure print the answer, which `docker inspect` then shows."""
    connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/api/health")
        response = connection.getresponse()
        if response.status == http.client.OK:
            return 0
        sys.stderr.write(f"{response.status} {response.read(500).decode(errors='replace')}\n")
    except (OSError, http.client.HTTPException) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    finally:
        connection.close()
    return 1


if __name__ == "__main__":
    sys.exit(main())
