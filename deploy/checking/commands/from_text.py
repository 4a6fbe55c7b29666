"""A check that has no run to judge needs the prediction, which an installation may be without."""

from __future__ import annotations

from deploy.checking.risk.text_reader import can_predict
from deploy.model.errors import BlockedError


def require_prediction(untried: str) -> None:
    """What was not tried can only be judged by its text.

    Args:
        untried: why nothing was tried, where something should have been; empty where nobody asked for it.

    Raises:
        BlockedError: this installation cannot read it from there.
    """
    if can_predict():
        return
    cause = f"nothing could be tried ({untried}), and " if untried else ""
    raise BlockedError(
        f"{cause}this installation cannot check from text: it is without the package deploy.checking.prediction",
        hint="let the check try the migrations: leave out --no-server and DEPLOY_CHECK=parsed, and run "
        "scripts/bootstrap.sh where no PostgreSQL server is at hand; or install the tool whole",
        reference="no-prediction",
    )
