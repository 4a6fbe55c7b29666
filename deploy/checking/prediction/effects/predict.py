"""What a statement will do, by its kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deploy.checking.prediction.effects import creations, indexes, names, queries, table_commands, types
from deploy.checking.prediction.effects.alter_table import alter_table
from deploy.checking.prediction.effects.draft import Draft, FailedError
from deploy.checking.prediction.effects.drops import drop
from deploy.checking.prediction.schema.schema import Schema
from deploy.checking.statements import Statement, choice, read_procedure, read_statements
from deploy.model.effects import Effects


def predict(
    statement: Statement, schema: Schema, *, server_major: int, time_zone: str = "UTC", is_in_transaction: bool = True
) -> Effects:
    """What the statement will do to relations that are there; ask before `apply`. Never raises.

    Args:
        schema: as it is before the statement; a table that it does not know is taken for one that exists.
        server_major: `17`.
        time_zone: of the session; a SET in an applied statement counts more.
        is_in_transaction: whether it runs in a transaction block; some statements fail there.
    """
    return _predict_at_depth(
        statement, schema, server_major=server_major, time_zone=time_zone, is_in_transaction=is_in_transaction, depth=0
    )


def _predict_at_depth(
    statement: Statement, schema: Schema, *, server_major: int, time_zone: str, is_in_transaction: bool, depth: int
) -> Effects:
    """As `predict`, for a statement inside another."""
    if statement.node is None:
        return Effects(unknown="it cannot be read")
    draft = Draft(
        schema, server_major=server_major, time_zone=time_zone, is_in_transaction=is_in_transaction,
        read_inside=_read_inside, depth=depth,
    )
    tell = EFFECTS.get(statement.kind)
    if tell is None:
        return Effects(unknown="" if statement.kind in _NO_EFFECTS else f"{statement.kind} is not understood")
    try:
        tell(draft, statement.node)
    except FailedError as error:
        return Effects(error=str(error), is_in_transaction=draft.can_be_in_transaction)
    except Exception as error:  # noqa: BLE001 - foreign text: what was not foreseen is unknown, not a crash
        draft.unknown(f"it was not understood ({type(error).__name__}: {error})")
    return draft.finish()


def _read_inside(statement: Statement, outer: Draft) -> Effects:
    return _predict_at_depth(
        statement, outer.schema, server_major=outer.server_major, time_zone=outer.time_zone,
        is_in_transaction=True, depth=outer.depth + 1,
    )


def _alone(draft: Draft, node: Any) -> None:
    """PreventInTransactionBlock in PostgreSQL's source."""
    draft.can_be_in_transaction = False
    draft.unknown(f"{type(node).__name__} is not judged")


def _do(draft: Draft, node: Any) -> None:
    body = "".join(item.def_elem.arg.string.sval for item in node.args if item.def_elem.defname == "as")
    language = [i.def_elem.arg.string.sval for i in node.args if i.def_elem.defname == "language"]
    if language and language[0].lower() != "plpgsql":
        draft.unknown(f"a block in {language[0]}")
        return
    procedure = read_procedure(body)
    for query in procedure.queries:
        for statement in read_statements(query):
            draft.inside(statement)
    if procedure.unknown:
        draft.unknown(f"DO: {procedure.unknown}")


def _call(draft: Draft, node: Any) -> None:
    name = node.funccall.funcname[-1].string.sval
    draft.unknown(f"what the procedure {name} does is not known")


def _execute(draft: Draft, node: Any) -> None:
    draft.unknown(f"what was prepared as {node.name} is not known")


def _alter_extension(draft: Draft, node: Any) -> None:
    draft.unknown(f"what the update of the extension {node.extname} does is not known")


def _drop_owned(draft: Draft, node: Any) -> None:
    del node
    draft.unknown("who owns what is not known")


def _move_all(draft: Draft, node: Any) -> None:
    draft.unknown(f"what lies in the tablespace {node.orig_tablespacename} is not known")


def _create_schema(draft: Draft, node: Any) -> None:
    """CREATE SCHEMA with its elements."""
    for element in node.schema_elts:
        kind = element.WhichOneof("node")
        if kind in {"create_stmt", "view_stmt", "create_seq_stmt"}:
            made = getattr(element, kind)
            named = {"create_stmt": "relation", "view_stmt": "view", "create_seq_stmt": "sequence"}[kind]
            draft.own_names.add(getattr(made, named).relname)
    for element in node.schema_elts:
        kind = element.WhichOneof("node")
        if kind in EFFECTS:
            EFFECTS[kind](draft, getattr(element, kind))


def _import_schema(draft: Draft, node: Any) -> None:
    del draft, node


def _alter_owner(draft: Draft, node: Any) -> None:
    """OWNER TO of what is no relation: types, functions, schemas."""
    del draft, node


def _transaction(draft: Draft, node: Any) -> None:
    if choice(node, "kind") in {"TRANS_STMT_COMMIT_PREPARED", "TRANS_STMT_ROLLBACK_PREPARED"}:
        draft.unknown("what the prepared transaction did is not known")


EFFECTS: dict[str, Callable[[Draft, Any], None]] = {
    "alter_table_stmt": alter_table, "drop_stmt": drop,
    "create_stmt": creations.create_table, "create_foreign_table_stmt": creations.create_foreign_table,
    "create_table_as_stmt": creations.create_table_as, "view_stmt": creations.create_view,
    "create_seq_stmt": creations.create_sequence, "alter_seq_stmt": creations.alter_sequence,
    "create_trig_stmt": creations.create_trigger, "create_policy_stmt": creations.create_policy,
    "alter_policy_stmt": creations.create_policy, "rule_stmt": creations.create_rule,
    "create_stats_stmt": creations.create_statistics, "create_publication_stmt": creations.publish,
    "alter_publication_stmt": creations.publish, "create_function_stmt": creations.create_function,
    "create_schema_stmt": _create_schema,
    "index_stmt": indexes.create_index, "reindex_stmt": indexes.reindex,
    "truncate_stmt": table_commands.truncate, "cluster_stmt": table_commands.cluster,
    "vacuum_stmt": table_commands.vacuum,
    "refresh_mat_view_stmt": table_commands.refresh, "lock_stmt": table_commands.lock_tables,
    "rename_stmt": names.rename, "alter_object_schema_stmt": names.set_schema, "comment_stmt": names.comment,
    "sec_label_stmt": names.comment, "grant_stmt": names.grant,
    "alter_enum_stmt": types.alter_enum, "alter_domain_stmt": types.alter_domain,
    **dict.fromkeys(("select_stmt", "insert_stmt", "update_stmt", "delete_stmt", "merge_stmt"), queries.query),
    "prepare_stmt": queries.prepare, "declare_cursor_stmt": queries.declare_cursor,
    "copy_stmt": queries.copy, "explain_stmt": queries.explain,
    "do_stmt": _do, "call_stmt": _call, "execute_stmt": _execute, "alter_extension_stmt": _alter_extension,
    "drop_owned_stmt": _drop_owned, "reassign_owned_stmt": _drop_owned, "alter_table_move_all_stmt": _move_all,
    "import_foreign_schema_stmt": _import_schema, "alter_owner_stmt": _alter_owner, "transaction_stmt": _transaction,
    **dict.fromkeys(
        ("createdb_stmt", "dropdb_stmt", "alter_system_stmt", "create_table_space_stmt", "drop_table_space_stmt",
         "create_subscription_stmt", "drop_subscription_stmt"), _alone,
    ),
}
# They lock no relation, and touch none.
_NO_EFFECTS = frozenset("""
    variable_set_stmt variable_show_stmt discard_stmt deallocate_stmt
    close_portal_stmt fetch_stmt listen_stmt notify_stmt unlisten_stmt checkpoint_stmt load_stmt constraints_set_stmt
    create_enum_stmt create_range_stmt composite_type_stmt define_stmt create_domain_stmt create_extension_stmt
    alter_extension_contents_stmt create_role_stmt alter_role_stmt alter_role_set_stmt drop_role_stmt grant_role_stmt
    alter_database_stmt alter_database_set_stmt alter_default_privileges_stmt create_cast_stmt create_conversion_stmt
    create_op_class_stmt create_op_family_stmt alter_op_family_stmt alter_operator_stmt alter_function_stmt
    create_transform_stmt create_plang_stmt create_am_stmt create_fdw_stmt alter_fdw_stmt create_foreign_server_stmt
    alter_foreign_server_stmt create_user_mapping_stmt alter_user_mapping_stmt drop_user_mapping_stmt
    create_event_trig_stmt alter_event_trig_stmt alter_collation_stmt alter_type_stmt alter_stats_stmt
    alter_tsdictionary_stmt alter_tsconfiguration_stmt alter_object_depends_stmt alter_table_space_options_stmt
""".split())  # noqa: SIM905 - a list to be read
