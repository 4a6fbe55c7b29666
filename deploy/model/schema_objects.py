"""Every object of a database's schema at one moment, and what differs between two moments."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass


@dataclass(frozen=True)
class SchemaObject:
    """One object of the catalog.

    Attributes:
        name: with its kind, `column orders.cents`; the schema `public` is left out.
        holder: the object that it belongs to, `table orders`; empty where it stands alone.
        condition: what is unusual about it, `invalid`, `not validated`; empty where nothing is.
        digest: of its definition.
        removal: the statement that takes it away; empty where no statement of its own does.
    """

    name: str
    holder: str
    condition: str
    digest: str
    removal: str


@dataclass(frozen=True)
class SchemaLook:
    """One look at the catalog.

    Attributes:
        next_transaction: the server's first transaction number that was not given out yet.
    """

    objects: tuple[SchemaObject, ...]
    next_transaction: int

    def packed(self) -> bytes:
        """As the ledger keeps it."""
        rows = [[o.name, o.holder, o.condition, o.digest, o.removal] for o in self.objects]
        return zlib.compress(json.dumps([self.next_transaction, rows], separators=(",", ":")).encode())

    @classmethod
    def unpacked(cls, packed: bytes) -> SchemaLook:
        """What `packed` made."""
        next_transaction, rows = json.loads(zlib.decompress(packed))
        return cls(tuple(SchemaObject(*row) for row in rows), next_transaction)


@dataclass(frozen=True)
class SchemaDifference:
    """One object that is not as it was.

    Attributes:
        says: `column orders.cents is there`.
        removal: the statement that takes it away, where it was not there before.
        is_leftover: an unfinished action left it: an invalid index, a partition that waits for its detachment.
    """

    says: str
    removal: str = ""
    is_leftover: bool = False


LEFTOVER_CONDITIONS = frozenset({"invalid", "waiting for its detachment"})
# What is said where a condition is over.
ENDED = {"invalid": "valid", "not validated": "validated", "waiting for its detachment": "attached"}


def leftovers(look: SchemaLook) -> tuple[SchemaObject, ...]:
    """What unfinished concurrent actions left, and a statement removes or finishes."""
    return tuple(o for o in look.objects if o.condition in LEFTOVER_CONDITIONS)


def differences(before: SchemaLook, after: SchemaLook) -> tuple[SchemaDifference, ...]:
    """What is there, gone or other than before, in the order of the names.

    Parts of an object that is new or gone as a whole are not named beside it, but for leftovers.
    """
    old, new = ({o.name: o for o in look.objects} for look in (before, after))
    found = []
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name), new.get(name)
        if was == now:
            continue
        if now is None and was is not None:
            if not was.holder or was.holder in new:
                found.append(SchemaDifference(f"{name} is gone"))
        elif now is not None and was is None:
            if not now.holder or now.holder in old or now.condition:
                found.append(_added(now))
        elif now is not None and was is not None and (now.condition, now.digest) != (was.condition, was.digest):
            found.append(_changed(was, now))
    return tuple(found)


def _added(now: SchemaObject) -> SchemaDifference:
    condition = f", {now.condition}" if now.condition else ""
    return SchemaDifference(
        f"{now.name} is there{condition}", now.removal, is_leftover=now.condition in LEFTOVER_CONDITIONS
    )


def _changed(was: SchemaObject, now: SchemaObject) -> SchemaDifference:
    is_leftover = now.condition in LEFTOVER_CONDITIONS
    if now.name.startswith("storage of "):
        return SchemaDifference(f"{now.holder} was emptied or rewritten (TRUNCATE, or a rewrite of its rows)")
    if was.condition != now.condition:
        says = f"{now.name} is {now.condition or ENDED[was.condition]}"
        return SchemaDifference(says, now.removal if is_leftover else "", is_leftover=is_leftover)
    return SchemaDifference(f"{now.name} differs in its definition, owner or rights")
