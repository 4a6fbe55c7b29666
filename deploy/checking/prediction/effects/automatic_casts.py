"""ALTER COLUMN TYPE: whether PostgreSQL converts values by itself, or asks for USING."""

from __future__ import annotations

from deploy.checking.prediction.effects.casts import base_of
from deploy.checking.prediction.schema.objects import ColumnType, UserType

_TEXTS = frozenset({"text", "varchar", "bpchar", "name", "citext", "char"})
# Inside a family every cast is an assignment, between two of them none is.
_FAMILIES = (
    frozenset({"int2", "int4", "int8", "float4", "float8", "numeric"}), frozenset({"date", "timestamp", "timestamptz"}),
    frozenset({"json", "jsonb"}), frozenset({"bool"}), frozenset({"uuid"}), frozenset({"bytea"}),
)


def is_automatic(old: tuple[ColumnType, UserType | None], new: tuple[ColumnType, UserType | None]) -> bool:
    """Whether PostgreSQL converts without USING, as in an assignment (pg_cast.dat); True where that is not known."""
    source, target = base_of(*old), base_of(*new)
    if source is None or target is None or source.is_array or target.is_array or target.name in {source.name, *_TEXTS}:
        return True
    if "enum" in {user_type.kind for _, user_type in (old, new) if user_type is not None}:
        return False
    family = next((family for family in _FAMILIES if target.name in family), None)
    if source.name in _TEXTS:
        return family is None
    is_known = any(source.name in other for other in _FAMILIES)
    return not is_known or family is None or source.name in family
