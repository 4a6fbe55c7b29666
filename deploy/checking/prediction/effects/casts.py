"""ALTER COLUMN TYPE: whether the rows must be written anew, and whether an index may keep its file.

Sources: ATColumnChangeRequiresRewrite (commands/tablecmds.c), CheckIndexCompatible (commands/indexcmds.c), the support
functions of length coercions (varchar_support, numeric_support, varbit_support, TemporalSimplify, interval_support) and
pg_cast.dat's binary-coercible casts, in PostgreSQL's source.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from deploy.checking.prediction.schema.objects import ColumnType, UserType

# Casts of pg_cast.dat that change nothing in the value.
_SAME_BYTES = frozenset({
    ("text", "varchar"), ("varchar", "text"), ("text", "bpchar"), ("varchar", "bpchar"), ("xml", "text"),
    ("xml", "varchar"), ("xml", "bpchar"), ("cidr", "inet"), ("bit", "varbit"), ("varbit", "bit"), ("int4", "oid"),
    ("oid", "int4"), ("oid", "regclass"), ("regclass", "oid"), ("int4", "regclass"), ("oid", "regproc"),
    ("regproc", "oid"), ("oid", "regtype"), ("regtype", "oid"), ("citext", "text"), ("citext", "varchar"),
    ("text", "citext"), ("varchar", "citext"), ("int8", "xid8"), ("pg_node_tree", "text"),
})
_ZONES = frozenset({("timestamp", "timestamptz"), ("timestamptz", "timestamp")})
_UTC = frozenset({
    "utc", "etc/utc", "gmt", "etc/gmt", "zulu", "etc/zulu", "universal", "etc/universal", "uct", "etc/uct",
    "greenwich", "etc/greenwich", "gmt0", "etc/gmt0", "gmt+0", "gmt-0", "etc/gmt+0", "etc/gmt-0",
})
FIRST_MAJOR_KNOWING_UTC = 12
_TEMPORAL = frozenset({"timestamp", "timestamptz", "time", "timetz", "interval"})
_MOST_DIGITS_OF_SECONDS = 6
# The default operator class where it is not the type's own.
_OPERATOR_CLASSES = {"varchar": "text", "cidr": "inet"}


def needs_rewrite(
    path: list[tuple[ColumnType, UserType | None]], *, time_zone: str, server_major: int
) -> bool:
    """Whether values must be computed on their way through these types, from the old to the new one."""
    return any(
        _step_needs_rewrite(old, new, time_zone=time_zone, server_major=server_major)
        for old, new in pairwise(path)
    )


def _step_needs_rewrite(
    old: tuple[ColumnType, UserType | None], new: tuple[ColumnType, UserType | None], *, time_zone: str,
    server_major: int,
) -> bool:
    old_type, old_user = old
    new_type, new_user = new
    if old_user is not None and old_user is new_user and old_type.is_array == new_type.is_array:
        return False
    if old_type.is_array or new_type.is_array:
        return old_type != new_type
    if new_user is not None and new_user.has_constraints:
        return True
    source, target = base_of(old_type, old_user), base_of(new_type, new_user)
    # The length of a domain's values is not looked at.
    if source is None or target is None or (old_user is not None and target.modifiers):
        return True
    pair = (source.name, target.name)
    if source.name != target.name and pair not in _SAME_BYTES:
        return not (pair in _ZONES and _is_utc(time_zone, server_major)) or not _keeps_length(source, target)
    return not _keeps_length(source, target)


def base_of(column_type: ColumnType, user_type: UserType | None) -> ColumnType | None:
    """The type below all domains; None where it is not known."""
    while user_type is not None and user_type.kind == "domain":
        if user_type.base is None:
            return None
        column_type, user_type = user_type.base, user_type.base_user_type
    return replace(column_type, schema="") if user_type is None else column_type


def _is_utc(time_zone: str, server_major: int) -> bool:
    return server_major >= FIRST_MAJOR_KNOWING_UTC and time_zone.lower() in _UTC


def _keeps_length(old: ColumnType, new: ColumnType) -> bool:
    """Whether every old value fits the new modifier as it is."""
    before, after = old.modifiers, new.modifiers
    if before is None or after is None:
        return False
    if after == before and old.name == new.name:
        return True
    if new.name in _TEMPORAL:
        return _interval_keeps(before, after) if new.name == "interval" else _seconds(after) >= _seconds(before)
    if not after:
        # varchar, text, varbit, numeric, bpchar and types without modifier take everything.
        return new.name != "bit"
    return _keeps_characters(old, new, before, after)


def _keeps_characters(old: ColumnType, new: ColumnType, before: tuple[int, ...], after: tuple[int, ...]) -> bool:
    if not before or new.name in {"bpchar", "bit"}:
        return False
    if new.name == "numeric":
        return old.name == "numeric" and _numeric_keeps(before, after)
    return new.name in {"varchar", "varbit"} and old.name in {"varchar", "varbit"} and after[0] >= before[0]


def _seconds(modifiers: tuple[int, ...]) -> int:
    return min(modifiers[0], _MOST_DIGITS_OF_SECONDS) if modifiers else _MOST_DIGITS_OF_SECONDS


def _numeric_keeps(before: tuple[int, ...], after: tuple[int, ...]) -> bool:
    old_scale = before[1] if len(before) > 1 else 0
    new_scale = after[1] if len(after) > 1 else 0
    return old_scale == new_scale and after[0] >= before[0]


def _interval_keeps(before: tuple[int, ...], after: tuple[int, ...]) -> bool:
    full_range = 32767
    old_range = before[0] if before else full_range
    new_range = after[0] if after else full_range
    covers = new_range in {full_range, old_range}
    return covers and _seconds(after[1:]) >= _seconds(before[1:])


def is_index_kept(old: tuple[ColumnType, UserType | None], new: tuple[ColumnType, UserType | None]) -> bool:
    """Whether a plain key of this type may keep its file where the rows are not rewritten."""
    source, target = base_of(*old), base_of(*new)
    if source is None or target is None or source.is_array != target.is_array:
        return False
    names = {_OPERATOR_CLASSES.get(name, name) for name in (source.name, target.name)}
    return len(names) == 1
