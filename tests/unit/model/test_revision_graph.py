"""What is below, and what is pending, oldest first."""

from __future__ import annotations

import pytest

from deploy.model.releases import Revision, RevisionGraph


def _r(name: str, *down: str, depends: tuple[str, ...] = ()) -> Revision:
    return Revision(name, down, "", "", depends)


MERGED = RevisionGraph((_r("m", "b", "c"), _r("c", "a"), _r("b", "a"), _r("a")), ("m",))
DEPENDING = RevisionGraph((_r("y", "x", depends=("a",)), _r("x"), _r("a")), ("y",))


def _ids(graph: RevisionGraph, *at: str) -> list[str]:
    return [r.revision_id for r in graph.pending(at)]


def test_a_merge_waits_for_both_parents() -> None:
    order = _ids(MERGED)
    assert (order[0], order[-1], sorted(order)) == ("a", "m", ["a", "b", "c", "m"])
    assert _ids(MERGED, "b") == ["c", "m"]
    assert _ids(MERGED, "m") == []
    assert MERGED.ancestors(("m",)) == {"a", "b", "c", "m"}


def test_a_dependency_comes_first_and_counts_as_applied() -> None:
    assert _ids(DEPENDING)[-1] == "y"
    assert DEPENDING.ancestors(("y",)) == {"a", "x", "y"}
    assert _ids(DEPENDING, "x") == ["a", "y"]


def test_a_missing_parent_is_an_error_and_never_an_endless_loop() -> None:
    with pytest.raises(ValueError, match="b"):
        RevisionGraph((_r("b", "gone"),), ("b",)).pending(())
