"""Roles, schemas, sequences, types and functions."""

from __future__ import annotations

from collections.abc import Mapping

from deploy.checking.risk.safe_forms.code import autocommit, bare, execute, made_name, patiently, steps, text
from deploy.checking.statements import Statement, quoted, quoted_table, rewriting, statement_sql
from deploy.checking.statements.objects import AddEnumValue, AlterDomain, CreateFunction


def drop_schema_later(tables_of: Mapping[str, list[str]], outside: list[str]) -> str:
    """Table by table, then the empty schema; without CASCADE it fails where something was forgotten.

    Args:
        tables_of: of each schema, what is known to lie in it.
        outside: statements that drop what hangs on it from other schemas.
    """
    first = [(f"a separate revision: {sql}", patiently(execute(sql))) for sql in outside]
    return "\n\n".join(
        steps(
            *(first if name == next(iter(tables_of)) else ()),
            *(
                (
                    f"a separate revision, in the release that no longer uses {name}.{table}",
                    patiently(f"op.drop_table({text(table)}, schema={text(name)})"),
                )
                for table in tables or ["your_table"]
            ),
            ("the last one: fails where something was forgotten", execute(f"DROP SCHEMA {quoted(name)}")),
        )
        for name, tables in tables_of.items()
    )


def keep_owned(roles: list[str]) -> str:
    """What a role owns goes to another one."""
    names = ", ".join(role(name) for name in roles)
    return steps(
        (
            "by hand: give the objects to another role; then nothing goes",
            execute(f"REASSIGN OWNED BY {names} TO new_owner"),
        )
    )


def shut_out(roles: list[str]) -> str:
    """The role stays, but nobody logs in as it: that can be undone."""
    return "\n".join(execute(f"ALTER ROLE {role(name)} NOLOGIN") for name in roles) or "pass"


def role(name: str) -> str:
    """A role's name; the words that stand for one are none."""
    return name if name in {"CURRENT_USER", "SESSION_USER", "CURRENT_ROLE", "PUBLIC"} else quoted(name)


def give_by_name(new_owner: str) -> str:
    """Table by table."""
    return steps(
        (
            "one revision for each table, so that each lock is short",
            patiently(
                execute(
                    f"ALTER TABLE your_table OWNER TO {role(new_owner)}"
                )
            ),
        )
    )


def owner_with_grants(table: str, alter: str) -> str:
    """What the old owner needs, before it is no longer the owner."""
    grant = f"GRANT SELECT, INSERT, UPDATE, DELETE ON {quoted_table(table)} TO your_application_role"
    return steps(("one transaction: the application keeps its rights", patiently(execute(grant), execute(alter))))


def sequence_after_rows(sequence: str) -> str:
    """Behind the largest number in use."""
    sql = f"SELECT setval('{quoted_table(sequence)}', (SELECT coalesce(max(id), 0) + 1 FROM your_table), false)"  # noqa: S608 - text for people, run by nobody here
    return steps(("behind the largest number that a row has", execute(sql)))


def defer_constraints() -> str:
    """Foreign keys are tested, but only at COMMIT."""
    return steps(
        (
            "foreign keys that are DEFERRABLE are tested at COMMIT instead of not at all",
            execute("SET CONSTRAINTS ALL DEFERRED"),
        )
    )


def enum_value_alone(statement: Statement, added: AddEnumValue) -> str:
    """ALTER TYPE ADD VALUE, committed before anything else runs, and repeatable."""
    sql = statement_sql(statement)
    if not added.is_if_not_exists:  # the deparser leaves the words out where no neighbour is named
        sql = sql.replace(" ADD VALUE ", " ADD VALUE IF NOT EXISTS ", 1)
    return steps(("committed at once, so that later statements may use it", autocommit(execute(sql))))


def domain_in_two_steps(statement: Statement, altered: AlterDomain) -> str:
    """Not valid, then validated in its own transaction."""
    own = altered.constraint.name if altered.constraint is not None else ""
    name = own or f"{altered.names[-1] if altered.names else 'domain'}_check"
    domain = quoted_table(".".join(altered.names))
    return steps(
        (
            "a revision: binds new values only, nothing is locked",
            execute(rewriting.domain_not_valid(statement, name)),
        ),
        (
            "the next revision, in its own transaction: old rows, while writers of the tables wait",
            patiently(execute(f"ALTER DOMAIN {domain} VALIDATE CONSTRAINT {quoted(name)}")),
        ),
    )


def function_beside(statement: Statement, created: CreateFunction) -> str:
    """A function under a new name, for the code that knows of it."""
    if not created.names:
        return statement_sql(statement)
    beside = rewriting.function_beside(statement, "_v2")
    return steps(("a new name: new code calls it, running code calls the old one", execute(beside)))


def trigger_instead_of_rule(table: str, name: str, event: str) -> str:
    """A trigger says the same more plainly, and RETURNING keeps working."""
    function = quoted(made_name(name, "", "function"))
    what = event if event in {"INSERT", "UPDATE", "DELETE"} else "UPDATE"
    body = f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$"
    trigger = (
        f"CREATE TRIGGER {quoted(name)} BEFORE {what} ON {quoted_table(table)} "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()"
    )
    return steps(
        (
            f"a trigger on {bare(table)}; put what the rule does into its function",
            patiently(execute(body), execute(trigger)),
        )
    )
