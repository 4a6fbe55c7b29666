"""Obligation: what a revision asks for beyond the scratch server is heard, without its secrets; what is led there is not."""

from __future__ import annotations

import pytest

from deploy.checking.alembic.programs.outside import Outside

SCRATCH = "/tmp/scratch/socket"


def heard(event: str, *args: object, revision: str | None = "r1") -> list[str]:
    """What is kept of one event."""
    outside = Outside(SCRATCH, lambda: revision, lambda: 7)
    outside.hear(event, args)
    return [item["what"] for item in outside.take()]


@pytest.mark.parametrize(
    ("event", "args", "told"),
    [
        ("socket.connect", (None, ("db.example", 5432)), "connects to db.example:5432"),
        ("socket.connect", (None, "/run/postgresql/.s.PGSQL.5432"), "connects to the socket /run/postgresql/.s.PGSQL.5432"),
        ("socket.getaddrinfo", ("api.example", 443, 0, 1, 0), "looks for the server api.example:443"),
        ("subprocess.Popen", ("psql", ["psql", "-h", "db.example", "-c", "x"], None, None),
         "starts psql, which names the server db.example"),
        ("subprocess.Popen", ("psql", ["psql", "postgresql://u:secret@db.example/shop"], None, {"PGHOST": SCRATCH}),
         "starts psql, which names the server db.example"),
        ("subprocess.Popen", ("psql", ["psql", "-c", "x"], None, {"PGHOST": "db.example"}), "starts psql"),
        ("os.system", (b"PGPASSWORD=secret psql --host=db.example shop",), "starts psql, which names the server db.example"),
        ("subprocess.Popen", ("/bin/sh", ["/bin/sh", "-c", "curl -H 'token: secret' x"], None, None), "starts curl"),
        ("os.posix_spawn", ("/usr/bin/aws", ["aws", "s3", "rm"], {}), "starts aws"),
    ],
)
def test_what_leads_elsewhere_is_told(event: str, args: tuple[object, ...], told: str) -> None:
    assert heard(event, *args) == [told]


@pytest.mark.parametrize(
    ("event", "args"),
    [
        ("socket.connect", (None, f"{SCRATCH}/.s.PGSQL.5432")),
        ("socket.connect", (None, "/dev/log")),
        ("socket.getaddrinfo", ("localhost", 0)),
        ("subprocess.Popen", ("psql", ["psql", "-c", "x"], None, {"PGHOST": SCRATCH})),
        ("subprocess.Popen", ("uname", ["uname", "-p"], None, None)),
        ("open", ("/etc/hosts", "r", 0)),
    ],
)
def test_what_stays_here_is_not(event: str, args: tuple[object, ...]) -> None:
    assert heard(event, *args) == []


def test_programs_that_env_py_starts_are_not_a_revisions() -> None:
    assert heard("subprocess.Popen", "git", ["make"], None, None, revision=None) == []
    assert heard("socket.connect", None, ("vault", 8200), revision=None) == ["connects to vault:8200"]


def test_one_server_is_told_once_of_a_revision() -> None:
    outside = Outside(SCRATCH, lambda: "r1", lambda: 7)
    for _ in range(2):
        outside.hear("socket.getaddrinfo", ("db", 5432, 0, 0, 0))
        outside.hear("socket.connect", (None, ("db", 5432)))
    assert len(outside.take()) == 1


def test_an_event_of_another_form_ends_nothing() -> None:
    assert heard("socket.connect", None) == []
