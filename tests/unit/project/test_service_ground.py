"""env.py runs, in a check of an image, as the compose service that will migrate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from deploy.checking.alembic.image_environment import AlembicInImage
from deploy.model.containers import ProbeOutcome, ServiceGround
from deploy.project.service_ground import migration_ground
from tests.fakes.fake_world import fake_settings

SERVICE = {
    "environment": {"SECRET_KEY": "a$$b", "DATABASE_URL": "postgresql://prod/x", "EMPTY": None},
    "secrets": [{"source": "db"}, {"source": "gone"}], "working_dir": "/srv", "user": "1000",
}


def test_the_service_gives_environment_files_directory_and_user_and_no_database(tmp_path: Path) -> None:
    (tmp_path / "db").touch()
    config = {
        "services": {"migration": SERVICE, "app": {"environment": {"OTHER": "1"}}},
        "secrets": {"db": {"file": str(tmp_path / "db")}, "gone": {"file": str(tmp_path / "gone")}},
    }
    assert migration_ground(config, fake_settings()) == ServiceGround(
        {"SECRET_KEY": "a$b"}, {"/run/secrets/db": tmp_path / "db"}, "/srv", "1000"
    )


def test_without_a_service_that_migrates_it_is_the_applications() -> None:
    ground = migration_ground({"services": {"app": {"environment": {"OTHER": 1}}}}, fake_settings())
    assert ground.environment == {"OTHER": "1"}
    assert migration_ground({}, fake_settings()) == ServiceGround()


def test_a_question_to_the_image_carries_it() -> None:
    asked: list[dict[str, Any]] = []

    class Probes:
        def run_probe(self, *_: Any, **given: Any) -> ProbeOutcome:
            asked.append(given)
            return ProbeOutcome(0, '<<<surefoot-begin>>>[]<<<surefoot-end>>>', "")

    ground = ServiceGround({"SECRET_KEY": "x"})
    image = AlembicInImage(Probes(), "alembic.ini", "production", lambda: ground)  # type: ignore[arg-type]
    assert image.render_sql("sha256:" + "a" * 64, (), ()) == ()
    assert asked[0]["ground"] == ground
