"""Is a restored database what the manifest says it was?"""

from __future__ import annotations

from collections.abc import Sequence

from deploy.model.backups import DatabaseContent, SequenceValue, TableContent


def content_problems(expected: DatabaseContent, found: DatabaseContent) -> tuple[str, ...]:
    """One sentence for each difference; none: it is equal.

    Hashes are compared where both sides have one. Sequences may be further on: they are read before the dump and
    are not part of its snapshot.
    """
    return (
        *_revision_problems(expected, found),
        *_table_problems(expected.tables, found.tables),
        *_sequence_problems(expected.sequences, found.sequences),
        *_name_problems("extension", _names(expected.extensions), _names(found.extensions)),
        *_large_object_problems(expected, found),
        *(f"index {name} is not valid" for name in found.invalid_indexes if name not in expected.invalid_indexes),
        *(
            f"constraint {name} is not validated"
            for name in found.unvalidated_constraints
            if name not in expected.unvalidated_constraints
        ),
    )


def _revision_problems(expected: DatabaseContent, found: DatabaseContent) -> list[str]:
    if expected.revision_ids == found.revision_ids:
        return []
    return [f"it is at {_listed(found.revision_ids)}, not at {_listed(expected.revision_ids)}"]


def _table_problems(expected: Sequence[TableContent], found: Sequence[TableContent]) -> list[str]:
    there = {table.name: table for table in found}
    problems = _name_problems("table", [table.name for table in expected], list(there))
    for table in expected:
        other = there.get(table.name)
        if other is None:
            continue
        if other.rows != table.rows:
            problems.append(f"{table.name} has {other.rows:,} rows, not {table.rows:,}")
        elif None not in (table.content_hash, other.content_hash) and other.content_hash != table.content_hash:
            problems.append(f"{table.name} has {table.rows:,} rows, but not with the same content")
    return problems


def _sequence_problems(expected: Sequence[SequenceValue], found: Sequence[SequenceValue]) -> list[str]:
    there = {sequence.name: sequence for sequence in found}
    problems = _name_problems("sequence", [sequence.name for sequence in expected], list(there))
    for sequence in expected:
        other = there.get(sequence.name)
        if other is None:
            continue
        is_behind = (other.last_value - sequence.last_value) * sequence.direction < 0
        if is_behind or (other.last_value == sequence.last_value and sequence.is_called and not other.is_called):
            problems.append(f"sequence {sequence.name} stands at {other.last_value}, behind {sequence.last_value}")
    return problems


def _name_problems(kind: str, expected: Sequence[str], found: Sequence[str]) -> list[str]:
    missing = [f"{kind} {name} is missing" for name in expected if name not in found]
    return missing + [f"{kind} {name} should not be there" for name in found if name not in expected]


def _large_object_problems(expected: DatabaseContent, found: DatabaseContent) -> list[str]:
    if expected.large_objects == found.large_objects:
        return []
    return [f"it has {found.large_objects} large objects, not {expected.large_objects}"]


def _names(extensions: Sequence[str]) -> list[str]:
    """Without versions: a restore takes what the server offers."""
    return [text.partition(" ")[0] for text in extensions]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "no revision"
