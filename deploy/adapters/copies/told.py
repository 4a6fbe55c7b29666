"""A store's errors as the operator's: what happened at which target, and what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from deploy.adapters.copies.store import (
    DamagedError,
    DeniedError,
    LostError,
    MissingError,
    NotOursError,
    RefusedError,
    SourceError,
    Target,
)
from deploy.model.errors import BlockedError, DeployError, StepFailed


@contextmanager
def told(name: str, target: Target) -> Iterator[None]:
    """Inside, what a store raises becomes what a command raises.

    Args:
        name: of the backup; empty where it is about none.
    """
    about = f"{name}: " if name else ""
    try:
        yield
    except DeployError:
        raise
    except MissingError:
        raise BlockedError(
            f"{about}there is no copy at {target.shown}",
            hint=f"./scripts/deploy.sh backup list --remote {target.shown}", reference="no-such-copy",
        ) from None
    except SourceError as error:
        prove = f"./scripts/deploy.sh backup verify {name} proves it; ./scripts/deploy.sh backup create makes another"
        raise StepFailed(
            f"{about}not sent to {target.shown}: {error}",
            hint=prove if error.is_damage else "run the command as the owner of the backup directory",
            reference="copy-not-sent",
        ) from None
    except NotOursError as error:
        raise StepFailed(
            f"{about}{target.shown}: {error}",
            hint=f"nothing was changed there: move {name}/ at {target.shown} away by hand, then "
            f"./scripts/deploy.sh backup push {name}",
            reference="copy-damaged",
        ) from None
    except DamagedError as error:
        raise StepFailed(
            f"{about}{target.shown}: {error}",
            hint=f"if the backup is on this machine, ./scripts/deploy.sh backup push {name} --verify --to "
            f"{target.shown} sends it again; ./scripts/deploy.sh backup list --remote {target.shown} names others",
            reference="copy-damaged",
        ) from None
    except DeniedError as error:
        raise StepFailed(
            f"{about}{target.shown} denied it: {error}", hint="check the credentials and their rights there",
            reference="copy-denied",
        ) from None
    except RefusedError as error:
        raise StepFailed(
            f"{about}{target.shown} refused: {error}", hint="correct this, then run ./scripts/deploy.sh backup push",
            reference="copy-refused",
        ) from None
    except LostError as error:
        raise StepFailed(
            f"{about}{target.shown} could not be reached: {error}",
            hint="./scripts/deploy.sh backup push continues where it ended", reference="copy-not-reached",
        ) from None
    except Exception as error:  # a library's surprise must not take a deployment back
        raise StepFailed(
            f"{about}{target.shown}: internal error: {type(error).__name__}: {error}",
            hint="./scripts/deploy.sh backup push tries again", reference="copy-failed",
        ) from error
