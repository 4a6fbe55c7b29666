"""Which statement changes the schema, and how."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deploy.checking.prediction.schema import alterations, drops, indexes, names, tables, types
from deploy.checking.prediction.schema.objects import Statistics, Trigger
from deploy.checking.prediction.schema.reading import columns_in
from deploy.checking.prediction.schema.schema import DEFAULT_SEARCH_PATH, Schema
from deploy.checking.statements import Statement, choice, read_procedure, read_statements, strings


def apply(schema: Schema, statement: Statement) -> None:
    """Take in what a statement changes; what is not understood is a doubt, never an exception."""
    change = CHANGES.get(statement.kind)
    if change is None:
        return
    try:
        change(schema, statement.node)
    except Exception as error:  # noqa: BLE001 - a model of foreign text: one bad statement must not end it
        schema.doubt(statement, f"{type(error).__name__}: {error}")


def _create_trigger(schema: Schema, node: Any) -> None:
    table = schema.adopt(node.relation)
    used = [table.columns[name] for name in strings(node.columns) if name in table.columns]
    if node.when_clause.WhichOneof("node"):
        used += columns_in(node.when_clause, table)
    function = strings(node.funcname)
    for relation in table.family() if node.row else [table]:
        columns = [c for column in used if (c := relation.columns.get(column.name)) is not None]
        relation.triggers[node.trigname] = Trigger(
            relation, node.trigname, columns, ("".join(function[:-1]), function[-1]), bool(node.row), schema.label
        )


def _create_policy(schema: Schema, node: Any) -> None:
    table = schema.adopt(node.table)
    table.policies[node.policy_name] = columns_in(node.qual, table) + columns_in(node.with_check, table)


def _create_rule(schema: Schema, node: Any) -> None:
    schema.adopt(node.relation).rules[node.rulename] = choice(node, "event").removeprefix("CMD_").lower()


def _create_statistics(schema: Schema, node: Any) -> None:
    for item in node.relations:
        table = schema.adopt(item.range_var)
        names = strings(node.defnames)
        place, name = (names[-2] if len(names) > 1 else table.schema), (names[-1] if names else "")
        used = [c for part in node.exprs for c in columns_in(part.stats_elem.expr, table)]
        used += [table.columns[e.stats_elem.name] for e in node.exprs if e.stats_elem.name in table.columns]
        made = Statistics(place, name, table, used, schema.label)
        schema.statistics[place, name] = table.statistics[name] = made


def _create_schema(schema: Schema, node: Any) -> None:
    schema.schema_names.add(node.schemaname)
    before = schema.search_path
    schema.search_path = (node.schemaname, *before)
    for element in node.schema_elts:
        kind = element.WhichOneof("node")
        if kind in CHANGES:
            CHANGES[kind](schema, getattr(element, kind))
    schema.search_path = before


def _publish(schema: Schema, node: Any) -> None:
    for item in node.pubobjects:
        spec = item.publication_obj_spec
        tables = schema.publications.setdefault(node.pubname, set())
        if "action" in node.DESCRIPTOR.fields_by_name and choice(node, "action") == "AP_DropObjects":
            tables.discard(schema.adopt(spec.pubtable.relation))
        elif spec.HasField("pubtable"):
            tables.add(schema.adopt(spec.pubtable.relation))


def _set_variable(schema: Schema, node: Any) -> None:
    name = node.name.lower()
    if name not in {"search_path", "timezone"}:
        return
    attribute = "search_path" if name == "search_path" else "session_time_zone"
    if node.is_local:
        schema.local_settings.setdefault(attribute, getattr(schema, attribute))
    values = [argument.a_const.sval.sval for argument in node.args]
    if name == "timezone":
        schema.session_time_zone = values[0] if values else ""
    else:
        _set_search_path(schema, values or list(DEFAULT_SEARCH_PATH))


def _set_search_path(schema: Schema, values: list[str]) -> None:
    schema.search_path = tuple(v for v in values if v not in {"", "$user", "pg_catalog"})


def _transaction(schema: Schema, node: Any) -> None:
    if choice(node, "kind") in {"TRANS_STMT_COMMIT", "TRANS_STMT_ROLLBACK"}:
        schema.end_transaction()


def _select(schema: Schema, node: Any) -> None:
    """pg_dump sets its search_path by a SELECT of set_config."""
    for item in node.target_list:
        call = item.res_target.val.func_call
        if call.funcname and call.funcname[-1].string.sval == "set_config":
            arguments = [argument.a_const.sval.sval for argument in call.args[:2]]
            if arguments[0] == "search_path":
                _set_search_path(schema, [part.strip() for part in arguments[1].split(",")])
    if node.HasField("into_clause"):
        tables.new_relation(schema, node.into_clause.rel, "table").is_uncertain = True


def _do(schema: Schema, node: Any) -> None:
    """The static statements of a DO block are taken for run; whether a branch was taken is not known."""
    body = "".join(a.def_elem.arg.string.sval for a in node.args if a.def_elem.defname == "as")
    procedure = read_procedure(body)
    for query in procedure.queries:
        for statement in read_statements(query):
            if statement.kind != "select_stmt":
                apply(schema, statement)
    if procedure.unknown:
        schema.doubts.append(f"DO: {procedure.unknown}")


CHANGES: dict[str, Callable[[Schema, Any], None]] = {
    "create_stmt": tables.create_table, "create_foreign_table_stmt": tables.create_foreign_table,
    "create_table_as_stmt": tables.create_table_as, "view_stmt": tables.create_view,
    "create_seq_stmt": tables.create_sequence, "alter_seq_stmt": tables.alter_sequence,
    "alter_table_stmt": alterations.alter_table, "index_stmt": indexes.create_index, "drop_stmt": drops.drop,
    "rename_stmt": names.rename, "alter_object_schema_stmt": names.set_schema,
    "create_enum_stmt": types.create_enum, "create_range_stmt": types.create_range,
    "composite_type_stmt": types.create_composite, "define_stmt": types.define,
    "alter_enum_stmt": types.alter_enum,
    "create_domain_stmt": types.create_domain, "alter_domain_stmt": types.alter_domain,
    "create_function_stmt": types.create_function, "create_trig_stmt": _create_trigger,
    "create_policy_stmt": _create_policy, "rule_stmt": _create_rule, "create_schema_stmt": _create_schema,
    "create_stats_stmt": _create_statistics, "create_publication_stmt": _publish, "alter_publication_stmt": _publish,
    "variable_set_stmt": _set_variable, "transaction_stmt": _transaction, "select_stmt": _select, "do_stmt": _do,
}
