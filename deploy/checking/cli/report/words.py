"""Sizes, times, places and effects in words that every renderer shares."""

from __future__ import annotations

from deploy.model.check import Answer, Baseline, CheckReport
from deploy.model.effects import Effects
from deploy.model.risk import Finding, RiskLevel

SHORT_STATEMENT = 200
EXACT_ROWS = 10_000
KILO = 1024
SECONDS_UNTIL = 120
MINUTES_UNTIL = 7200
ONE_DECIMAL_BELOW = 100
NO_EFFECT = "no lock on what existed before"

EVIDENCE = {
    "measured": "measured on a scratch server",
    "read": "read from the SQL",
    "confirmed": "read from the SQL and measured",
}


def one_line(text: str) -> str:
    """White space becomes one space; what would move the cursor or hide text becomes `?`."""
    return "".join(char if char.isprintable() else "?" for char in " ".join(text.split()))


def code_text(code: str) -> list[str]:
    """Lines of code without what would move the cursor or hide text."""
    lines = code.strip("\r\n").expandtabs(4).splitlines()
    return ["".join(char if char.isprintable() else "?" for char in line.rstrip()) for line in lines]


def shorten(text: str, length: int = SHORT_STATEMENT) -> str:
    """One line, and `…` where it was longer."""
    line = one_line(text)
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"


def count(number: int, noun: str) -> str:
    """`1 statement`, `2 statements`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def say_rows(rows: int) -> str:
    """`1 row`, `9,421 rows`, `about 2.1 million rows`."""
    if rows < EXACT_ROWS:
        return count(rows, "row")
    for size, word in ((1_000_000_000, " billion"), (1_000_000, " million")):
        if rows >= size:
            return f"about {_three_digits(rows / size)}{word} rows"
    return f"about {round(rows, -3):,} rows"


def say_bytes(size: int) -> str:
    """`812 bytes`, `1.4 GB`: steps of 1024, as PostgreSQL prints them."""
    if size < KILO:
        return count(size, "byte")
    amount = float(size)
    for unit in ("kB", "MB", "GB"):
        amount /= KILO
        if amount < KILO:
            return f"{_three_digits(amount)} {unit}"
    return f"{_three_digits(amount / KILO)} TB"


def say_seconds(seconds: float) -> str:
    """`under 1 s`, `about 4 s`, `about 3 min`, `about 2.5 h`."""
    if seconds < 1:
        return "under 1 s"
    if seconds < SECONDS_UNTIL:
        return f"about {seconds:.0f} s"
    if seconds < MINUTES_UNTIL:
        return f"about {seconds / 60:.0f} min"
    return f"about {_three_digits(seconds / 3600)} h"


def say_hold(seconds: float | None) -> str:
    """As long as a lock is held; never without the word that it is an estimate."""
    return "not known: it depends on the data" if seconds is None else f"{say_seconds(seconds)}, estimated"


def say_size(finding: Finding) -> str:
    """`orders, about 2.1 million rows, 1.4 GB`."""
    parts = [finding.table]
    if finding.rows is not None:
        parts.append(say_rows(finding.rows))
    if finding.bytes is not None:
        parts.append(say_bytes(finding.bytes))
    return ", ".join(part for part in parts if part)


def say_place(path: str, line: int, *, is_short: bool = False) -> str:
    """`migrations/versions/0006_drop.py:31`; empty where nothing is known."""
    name = one_line(path.rsplit("/", 1)[-1] if is_short else path)
    return f"{name}:{line}" if name and line else name


def say_effects(effects: Effects) -> str:
    """Locks first, then the work, then what goes."""
    parts = [f"{lock.mode.label} on {lock.relation}" for lock in effects.locks]
    parts += [f"rewrites {table}" for table in effects.rewrites]
    parts += [f"reads through {table}" for table in effects.scans]
    parts += [f"builds {build.index} on {build.table}" for build in effects.index_builds]
    parts += [f"builds {build.index} on {build.table} concurrently" for build in effects.concurrent_builds]
    parts += [f"checks foreign key {name}".rstrip() for name in effects.validated_foreign_keys]
    parts += [f"new file for {relation}" for relation in effects.new_files]
    parts += [f"drops {d.kind} {d.identity}{' (cascade)' if d.is_by_cascade else ''}" for d in effects.drops]
    parts += [f"waits for {name}" for name in effects.waits_for]
    if not effects.is_in_transaction:
        parts.append("cannot run in a transaction")
    if effects.unknown:
        parts.append(f"not completely known: {effects.unknown}")
    if effects.error:
        parts.append(f"FAILS: {effects.error}")
    return one_line("; ".join(parts)) or NO_EFFECT


def say_verdict(report: CheckReport) -> str:
    """`very high risk: --manual-migrate, backup required`."""
    if not report.risk.revisions:
        return "no migration is pending"
    if report.advice.repairs:
        return f"{report.risk.level.label} risk: it fails; repair it before you deploy"
    return f"{report.risk.level.label} risk: {report.advice.mode}, backup {report.advice.backup}"


def say_next(report: CheckReport) -> str:
    """The command that comes next, behind what has to be done before it; empty where there is none."""
    advice = report.advice
    if not advice.next_command or not advice.repairs:
        return advice.next_command
    noun = "revision" if len(advice.repairs) == 1 else "revisions"
    return f"repair the {noun} {', '.join(advice.repairs)}, then {advice.next_command}"


def mark_of(answer: Answer) -> str:
    """`ok`, `!!`, `??` where it is not known, blank where it is only a fact."""
    if not answer.is_known:
        return "??"
    return {True: "ok", False: "!!", None: "  "}[answer.is_good]


def say_range(report: CheckReport) -> str:
    """`0004 -> 0006: 2 revisions, 7 statements, measured on PostgreSQL 17.10 (wheel)`."""
    start, end = ", ".join(report.from_ids), ", ".join(report.to_ids)
    span = f"{start or 'an empty database'} -> {end}: " if end else ""  # plain SQL has no range
    how = f"measured on {report.server}" if report.server else "read from the SQL, nothing was run"
    counts = f"{count(len(report.risk.revisions), 'revision')}, {count(len(report.statements), 'statement')}"
    return f"{span}{counts}, {how}"


def say_production(report: CheckReport) -> str:
    """Which database the sizes are from, or how one is judged without it."""
    sizes = "sizes known" if report.sizes_are_known else "sizes not known"
    if report.production:
        return f"{report.production}; {sizes}"
    if report.baseline is Baseline.REVISION:
        return f"not known, {sizes}; each revision is judged as if the one before it were in production"
    return f"not known, {sizes}"


def say_session(report: CheckReport) -> str:
    """The migration's own settings; empty where they were not measured."""
    named = {
        "lock_timeout": report.lock_timeout, "statement_timeout": report.statement_timeout,
        "time zone": report.time_zone,
    }
    return ", ".join(f"{name} {value}" for name, value in named.items() if value)


def is_folded(finding: Finding) -> bool:
    """Whether the short view only counts it."""
    return finding.level < RiskLevel.MEDIUM


def _three_digits(amount: float) -> str:
    return f"{amount:.1f}".removesuffix(".0") if amount < ONE_DECIMAL_BELOW else f"{amount:.0f}"
