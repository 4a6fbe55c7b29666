"""The parser's statements about what is no table, and about tables as a whole, made into ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from deploy.checking.statements import objects as made
from deploy.checking.statements import table_work
from deploy.checking.statements.nodes import (
    choice,
    has_option,
    name_parts,
    object_word,
    relation_name,
    role_name,
    strings,
    without_public,
)
from deploy.checking.statements.read_columns import constraint_of, relation_of
from deploy.checking.statements.views import View

_DOMAIN_ACTIONS = {
    "C": "add constraint",
    "X": "drop constraint",
    "V": "validate constraint",
    "O": "set not null",
    "N": "drop not null",
    "T": "set default",
}


def _shown(names: Iterable[Any]) -> str:
    return without_public(".".join(strings(names)))


def _roles(items: Iterable[Any]) -> tuple[str, ...]:
    return tuple(role_name(item.role_spec) for item in items)


def _create_type(node: Any) -> View:
    return made.CreateType(_shown(node.type_name))


def _create_domain(node: Any) -> View:
    return made.CreateType(_shown(node.domainname))


def _create_composite_type(node: Any) -> View:
    return made.CreateType(relation_name(node.typevar))


def _alter_enum(node: Any) -> View:
    name = _shown(node.type_name)
    if node.old_val:
        return made.RenameEnumValue(name, node.old_val, node.new_val)
    return made.AddEnumValue(name, node.new_val, node.skip_if_new_val_exists)


def _alter_domain(node: Any) -> View:
    action = _DOMAIN_ACTIONS.get(node.subtype, "")
    added = constraint_of(getattr(node, "def").constraint) if action == "add constraint" else None
    return made.AlterDomain(tuple(strings(node.type_name)), action, added)


def _alter_sequence(node: Any) -> View:
    return made.AlterSequence(
        relation_of(node.sequence), frozenset(option.def_elem.defname for option in node.options)
    )


def _change_owner(node: Any) -> View:
    name = ".".join(name_parts(node.object))
    return made.ChangeObjectOwner(object_word(node, "object_type"), name, role_name(node.newowner))


def _set_schema(node: Any) -> View:
    relation = relation_of(node.relation) if node.HasField("relation") else None
    name = relation.shown if relation is not None else ".".join(name_parts(node.object))
    return made.SetSchema(object_word(node, "object_type"), relation, name, node.newschema)


def _move_tablespace(node: Any) -> View:
    return table_work.MoveTablespace(node.orig_tablespacename)


def _create_policy(node: Any) -> View:
    return made.CreatePolicy(relation_name(node.table), node.policy_name)


def _alter_policy(node: Any) -> View:
    return made.AlterPolicy(relation_name(node.table), node.policy_name)


def _create_rule(node: Any) -> View:
    event = choice(node, "event").removeprefix("CMD_")
    return made.CreateRule(relation_name(node.relation), node.rulename, event, node.instead)


def _create_trigger(node: Any) -> View:
    function = ".".join(strings(node.funcname))
    return made.CreateTrigger(relation_name(node.relation), node.trigname, function, node.replace)


def _cluster(node: Any) -> View:
    return table_work.Cluster(relation_name(node.relation))


def _vacuum(node: Any) -> View:
    tables = tuple(relation_name(item.vacuum_relation.relation) for item in node.rels)
    return table_work.Vacuum(tables, has_option(node.options, "full"))


def _reindex(node: Any) -> View:
    name = relation_name(node.relation) or node.name
    word = choice(node, "kind").removeprefix("REINDEX_OBJECT_")
    return table_work.Reindex(word, name, has_option(node.params, "concurrently"))


def _refresh(node: Any) -> View:
    return table_work.RefreshMaterializedView(relation_name(node.relation), node.concurrent)


def _create_view(node: Any) -> View:
    return made.CreateView(relation_name(node.view), node.replace)


def _create_function(node: Any) -> View:
    return made.CreateFunction(tuple(strings(node.funcname)), node.replace)


def _define_object(node: Any) -> View:
    return made.DefineObject(node.replace)


def _alter_function(node: Any) -> View:
    return made.AlterFunction(tuple(strings(node.func.objname)))


def _copy(node: Any) -> View:
    return table_work.CopyRows(relation_name(node.relation), node.filename, node.is_from, node.is_program)


def _grant(node: Any) -> View:
    return made.Grant(not node.is_grant, _roles(node.grantees))


def _grant_role(node: Any) -> View:
    return made.Grant(not node.is_grant, _roles(node.grantee_roles))


def _default_privileges(node: Any) -> View:
    return _grant(node.action)


def _drop_database(node: Any) -> View:
    return made.DropDatabase(node.dbname)


def _drop_role(node: Any) -> View:
    return made.DropRole(_roles(node.roles))


def _drop_owned(node: Any) -> View:
    return made.DropOwned(_roles(node.roles))


def _reassign_owned(node: Any) -> View:
    return made.ReassignOwned(_roles(node.roles), role_name(node.newrole))


def _set_setting(node: Any) -> View:
    values = [argument.a_const for argument in node.args]
    kind = choice(node, "kind")
    return made.SetSetting(
        name=node.name.lower(),
        value="".join(value.sval.sval or str(value.ival.ival) for value in values),
        is_set=kind == "VAR_SET_VALUE",
        is_reset=kind in {"VAR_RESET", "VAR_SET_DEFAULT"},
        is_local=node.is_local,
    )


def _create_sequence(node: Any) -> View:
    return made.CreateSequence(relation_of(node.sequence), node.if_not_exists)


def _create_schema(node: Any) -> View:
    return made.CreateSchema(node.schemaname, node.if_not_exists)


def _create_extension(node: Any) -> View:
    return made.CreateExtension(node.extname, node.if_not_exists)


READERS: Mapping[str, Callable[[Any], View]] = {
    "create_enum_stmt": _create_type,
    "create_range_stmt": _create_type,
    "create_domain_stmt": _create_domain,
    "composite_type_stmt": _create_composite_type,
    "alter_enum_stmt": _alter_enum,
    "alter_domain_stmt": _alter_domain,
    "alter_seq_stmt": _alter_sequence,
    "alter_owner_stmt": _change_owner,
    "alter_object_schema_stmt": _set_schema,
    "alter_table_move_all_stmt": _move_tablespace,
    "create_policy_stmt": _create_policy,
    "alter_policy_stmt": _alter_policy,
    "rule_stmt": _create_rule,
    "create_trig_stmt": _create_trigger,
    "cluster_stmt": _cluster,
    "vacuum_stmt": _vacuum,
    "reindex_stmt": _reindex,
    "refresh_mat_view_stmt": _refresh,
    "view_stmt": _create_view,
    "create_function_stmt": _create_function,
    "define_stmt": _define_object,
    "alter_function_stmt": _alter_function,
    "copy_stmt": _copy,
    "grant_stmt": _grant,
    "grant_role_stmt": _grant_role,
    "alter_default_privileges_stmt": _default_privileges,
    "dropdb_stmt": _drop_database,
    "drop_role_stmt": _drop_role,
    "drop_owned_stmt": _drop_owned,
    "reassign_owned_stmt": _reassign_owned,
    "variable_set_stmt": _set_setting,
    "create_seq_stmt": _create_sequence,
    "create_schema_stmt": _create_schema,
    "create_extension_stmt": _create_extension,
}
