"""What a statement does to tables, where it was measured or worked out."""

from __future__ import annotations

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.statements import Statement, nodes_of, parts, relation_name
from deploy.model.effects import Drop, RelationLock
from deploy.model.locks import LockMode

# Statements whose text names the tables that they work on; of all others the text says nothing.
SAYS_NOTHING = frozenset(
    {
        "do_stmt",
        "call_stmt",
        "select_stmt",
        "create_extension_stmt",
        "alter_extension_stmt",
        "execute_stmt",
        "explain_stmt",
        "prepare_stmt",
        "create_function_stmt",
        "variable_set_stmt",
    }
)


def is_worked_out(circumstances: Circumstances) -> bool:
    """Whether the effects are known whole."""
    effects = circumstances.effects
    return effects is not None and not effects.unknown and not effects.error


def may_rewrite(circumstances: Circumstances) -> bool:
    """Whether some table is rewritten; yes where nobody worked it out. A partitioned table's parts count."""
    effects = circumstances.effects
    return effects is None or not is_worked_out(circumstances) or bool(effects.rewrites)


def may_scan(circumstances: Circumstances) -> bool:
    """Whether some table is read through or rewritten; yes where nobody worked it out."""
    effects = circumstances.effects
    return effects is None or may_rewrite(circumstances) or bool(effects.scans)


def rewrites(circumstances: Circumstances) -> tuple[str, ...]:
    """Tables that are known to be rewritten."""
    return circumstances.effects.rewrites if circumstances.effects else ()


def named_tables(statement: Statement) -> frozenset[str]:
    """Every relation that the statement writes out, and everything that a DROP names."""
    if statement.node is None:
        return frozenset()
    names = {relation_name(node) for kind, node in parts(statement.node) if kind == "RangeVar"}
    if statement.kind == "drop_stmt":
        names |= {
            ".".join(item.string.sval for item in target.list.items).removeprefix("public.")
            for target in statement.node.objects
        }
    return frozenset(names)


def is_named(relation: str, names: frozenset[str]) -> bool:
    """Whether a relation is among names that rely on the search path."""
    return relation in names or relation.rpartition(".")[2] in names


def other_locks(
    statement: Statement, circumstances: Circumstances, at_least: LockMode = LockMode.SHARE
) -> tuple[RelationLock, ...]:
    """Locks on tables that the statement does not name."""
    if circumstances.effects is None:
        return ()
    names = named_tables(statement)
    return tuple(
        lock
        for lock in circumstances.effects.locks
        if lock.is_on_table and lock.mode >= at_least and not is_named(lock.relation, names)
    )


def drops(circumstances: Circumstances, *kinds: str) -> tuple[Drop, ...]:
    """What goes, of these kinds."""
    return tuple(drop for drop in (circumstances.effects.drops if circumstances.effects else ()) if drop.kind in kinds)


def told(drop: Drop) -> str:
    """`view open_orders`, `foreign key…`: a dropped thing as people name it."""
    words = {"table column": "column", "table constraint": "constraint", "default value": "default"}
    identity = drop.identity.replace("public.", "")
    return f"{words.get(drop.kind, drop.kind)} {identity}"


def calls(statement: Statement) -> set[str]:
    """Every function that the statement calls, lower case, without schema."""
    return {call.funcname[-1].string.sval.lower() for call in nodes_of(statement, "FuncCall") if call.funcname}


def says_nothing(statement: Statement) -> bool:
    """Whether the text does not show what happens: a block, a call, an extension's script."""
    return statement.kind in SAYS_NOTHING
