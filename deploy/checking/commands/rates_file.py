"""How fast this machine reads, builds and rewrites: measured once, kept in the user's cache."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, fields
from pathlib import Path

from deploy.model.doors import Scratch
from deploy.model.errors import BlockedError
from deploy.model.rates import Rates

SCHEMA = "surefoot/rates/1"


def rates_path() -> Path | None:
    """`$XDG_CACHE_HOME/surefoot/rates.json`; None for a user without a home (a bare uid in a pipeline's container)."""
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "surefoot" / "rates.json"
    except RuntimeError:
        return None


def rates_of_machine(scratch: Scratch) -> Rates:
    """What was measured here once; measured now where it was not, the priors where there is no server for that."""
    rates = read_rates()
    if rates.source != Rates().source:
        return rates
    try:
        rates = scratch.measure_rates()
    except BlockedError:
        return rates
    write_rates(rates)
    return rates


def read_rates() -> Rates:
    """The measured ones; the priors where nothing was measured."""
    path = rates_path()
    if path is None:
        return Rates()
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Rates()
    if not isinstance(raw, dict) or raw.get("schema") != SCHEMA:
        return Rates()
    names = {field.name for field in fields(Rates)}
    return Rates(**{name: value for name, value in raw.items() if name in names})


def write_rates(rates: Rates) -> None:
    """Keep them; a cache that cannot be written costs nothing but another measurement."""
    path = rates_path()
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"schema": SCHEMA} | asdict(rates)), encoding="utf-8")
    except OSError:
        return
