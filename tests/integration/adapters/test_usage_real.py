"""A container that the kernel kills for lack of memory, as the watch counts it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from deploy.adapters.container_usage import DockerUsage
from deploy.adapters.containers import ONE_OFF_LABEL, PROJECT_LABEL, SERVICE_LABEL
from tests.contracts.ground import BASE_IMAGE, wait_in_time

pytestmark = pytest.mark.docker
EATS = "kept = []\nwhile True: kept.append(b'x' * 1_000_000)"


def test_a_kill_for_lack_of_memory_and_the_start_after_it_are_counted_since_then(client, project):
    began_at = datetime.now(UTC) - timedelta(seconds=1)
    usage = DockerUsage(client, project)
    made = client.containers.create(
        BASE_IMAGE, ["python3", "-c", EATS], mem_limit="32m", memswap_limit="32m", restart_policy={"Name": "always"},
        labels={PROJECT_LABEL: project, SERVICE_LABEL: "app", ONE_OFF_LABEL: "False"},
    )
    assert usage.out_of_memory_count("app", began_at) == 0

    made.start()

    wait_in_time(lambda: usage.out_of_memory_count("app", began_at))
    wait_in_time(lambda: sum(one.restart_count for one in usage.containers("app")))
    assert usage.out_of_memory_count("other", began_at) == 0
    made.stop(timeout=0)
    assert usage.out_of_memory_count("app", datetime.now(UTC)) == 0
