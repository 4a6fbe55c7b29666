"""What commands about a project and its people say in `--json`."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from deploy.model.checklist import ChecklistItem
from deploy.model.init import Layout, ServiceFate
from deploy.model.passed import PassedImage


class SnapshotDocument(TypedDict):
    """`snapshot`: the file, and how many tables are in it."""

    snapshot: str
    tables: int
    revisions: list[str]


class ChecklistDocument(TypedDict):
    """`checklist`; `deployment` is null before the first, and where nothing was kept."""

    phase: Literal["before", "during", "after"]
    deployment: str | None
    items: list[ChecklistItem]


class PassedDocument(TypedDict):
    """`promote --save FILE`."""

    passed: PassedImage
    file: str


class ToolFacts(TypedDict):
    """How the written files name this tool."""

    kind: str
    place: str
    sha256: str | None


class ProposedFileFacts(TypedDict):
    """One file that `init` would write."""

    path: str
    says: str
    was_there: bool
    written: bool


class FirstCheckFacts(TypedDict):
    """The check of the project's newest revision."""

    revisions: int
    risk: str


class InitDocument(TypedDict):
    """`init`; `next` are sentences."""

    layout: Layout
    services: list[ServiceFate]
    missing: list[str]
    tool: ToolFacts
    files: list[ProposedFileFacts]
    check: FirstCheckFacts | None
    check_problem: str | None
    next: list[str]
    env_guard: str | None


class GeneratedFacts(TypedDict):
    """A revision that was generated; `file` is null where it was not written."""

    revision: str
    file: str | None
    text: str


class ProofFacts(TypedDict):
    """What upgrade, downgrade and upgrade on a scratch server showed."""

    server: str
    is_good: bool
    rows: int
    tables: int
    unfilled: list[str]
    problems: list[str]
    losses: list[str]
    not_proven: str | None


class SyncFacts(TypedDict):
    """What was found and done."""

    is_in_step: bool
    database: str
    revisions: list[str]
    pending: list[str]
    differences: list[str]
    generated: GeneratedFacts | None
    possible_renames: list[str]
    proof: ProofFacts | None
    backup: str | None
    doubts: list[str]


class SyncDocument(TypedDict):
    """`sync-db`."""

    sync: SyncFacts
