"""Start the server: ``python -m app``."""

import uvicorn

from app.settings import read_settings

HOST = "0.0.0.0"  # noqa: S104  a container publishes nothing by itself; only the edge reaches this port
PORT = 8000

# Below the container's stop_grace_period (30 s): requests in flight end before Docker kills.
GRACEFUL_SHUTDOWN_SECONDS = 25
# Above the edge's own keep-alive (75 s): the edge closes an idle connection, never we under its feet.
KEEP_ALIVE_SECONDS = 80


def main() -> None:
    """Serve until SIGTERM; uvicorn adds X-Release below the application, so error responses carry it too."""
    uvicorn.run(
        "app.main:create_app",
        factory=True,
        host=HOST,
        port=PORT,
        access_log=False,
        server_header=False,
        headers=[("X-Release", read_settings().release)],
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


if __name__ == "__main__":
    main()
