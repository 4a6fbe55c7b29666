"""What must be true for a release to be called healthy."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus

from deploy.model.containers import HttpAnswer
from deploy.model.planned_step import Saved


@dataclass(frozen=True)
class HealthExpectation(Saved):
    """What must be true.

    Attributes:
        url: the health endpoint through the edge; empty while the maintenance page is on.
        release_header: header that must carry the release's name; empty where the application has none.
        release: the release's name; None when any will do.
        image_id: what the containers must run; None when any will do.
        revision_ids: where the database must be; None when that is not asked.
    """

    service: str
    url: str
    release_header: str
    release: str | None
    image_id: str | None
    revision_ids: tuple[str, ...] | None



def answer_problem(answer: HttpAnswer | None, expectation: HealthExpectation) -> str:
    """What is wrong with the health endpoint's answer; empty when it is well, or was not to be asked (no URL)."""
    if not expectation.url:
        return ""
    if answer is None:
        return f"{expectation.url} does not answer"
    if answer.status != HTTPStatus.OK:
        return f"{expectation.url} answers {answer.status}{_detail(answer)}"
    if expectation.release_header and expectation.release:
        named = answer.headers.get(expectation.release_header.lower())
        if named is None:
            return f"the answer has no {expectation.release_header} header"
        if named != expectation.release:
            return f"{expectation.release_header} is {named}, not {expectation.release}"
    return ""


def _detail(answer: HttpAnswer) -> str:
    """The application's own word for what is wrong, where its JSON has one."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        return ""
    detail = body.get("detail") if isinstance(body, dict) else None
    return f" ({detail})" if detail else ""
