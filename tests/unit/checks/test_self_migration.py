"""An application that migrates by itself is seen in the words that start it."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.checks.self_migration import migrates_at_start


@pytest.mark.parametrize(
    ("service", "entrypoint", "command", "words"),
    [
        ({"command": "sh -c 'alembic upgrade head && uvicorn app:app'"}, (), (), "alembic upgrade head"),
        ({"command": ["sh", "-c", "alembic -c db/alembic.ini upgrade heads; exec gunicorn"]}, (), (),
         "alembic -c db/alembic.ini upgrade heads"),
        ({"command": None}, (), ("sh", "-c", "python -m  alembic  upgrade  head && x"), "alembic upgrade head"),
        ({}, ("bash", "-c", "flask db upgrade && exec $0"), (), "flask db upgrade"),
        ({"entrypoint": ["sh", "-c", "alembic --raiseerr upgrade +1"]}, (), (), "alembic --raiseerr upgrade +1"),
        ({"command": ["gunicorn", "app:app"]}, (), ("sh", "-c", "alembic upgrade head"), ""),
        ({"entrypoint": ["/start"]}, (), ("alembic", "upgrade", "head"), ""),
        ({"command": ["alembic", "current"]}, (), (), ""),
        ({"command": ["python", "-m", "alembic_viewer", "upgrade"]}, (), (), ""),
        ({}, (), (), ""),
    ],
)
def test_what_a_container_would_start_is_what_counts(
    service: dict[str, Any], entrypoint: tuple[str, ...], command: tuple[str, ...], words: str
) -> None:
    assert migrates_at_start(service, entrypoint, command) == words
