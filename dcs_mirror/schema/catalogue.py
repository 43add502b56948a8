"""Whether the tables are as the migrations make them: compares the catalogue with the one that is kept here.

The number of a revision does not show that somebody changed a table by hand, nor that the schema was made by
a version that was never released. `catalogue.json` holds what the latest revision makes, the same on
PostgreSQL 15 to 18; `make migrations ARGS=--catalogue` writes it from a fresh database.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

from dcs_mirror.database import sql
from dcs_mirror.database.connections import SEARCH_PATH, Connection

EXPECTED = Path(__file__).with_name("catalogue.json")

_CATALOGUE = sql.load(Path(__file__).with_name("catalogue.sql"))
_SPELLING = f"SET LOCAL search_path = {SEARCH_PATH}; SET LOCAL quote_all_identifiers = off"

_APPLIED_ANEW = ("view", "grant", "comment")
"""What every migration replaces, so that it need not be compared."""

_OPTIONAL = {("dcs_mirror.content_item", "index content_item_words")}
"""What is made only if it is asked for: :mod:`dcs_mirror.schema.search` compares it."""

Catalogue: TypeAlias = dict[str, dict[str, str]]
"""Definitions by the table or function and its part: ``{"dcs_mirror.call": {"column error": "text"}}``."""


class Part(NamedTuple):
    """One part of a table, view or function, and how it is defined."""

    schema: str
    owner: str
    part: str
    definition: str


async def parts(connection: Connection) -> list[Part]:
    """Everything in the schemas ``dcs`` and ``dcs_mirror``; the session's settings do not matter and stay."""
    spelling = connection.transaction()
    await spelling.start()
    try:
        await connection.execute(_SPELLING)
        return [Part(*row) for row in await connection.fetch(_CATALOGUE.text)]
    finally:
        await spelling.rollback()


async def tables(connection: Connection) -> Catalogue:
    """What the migrations have made: tables and functions of ``dcs_mirror``."""
    found: Catalogue = defaultdict(dict)
    for schema, owner, part, definition in await parts(connection):
        if (
            schema == "dcs_mirror"
            and part.split(" ")[0] not in _APPLIED_ANEW
            and (owner, part) not in _OPTIONAL
        ):
            found[owner][part] = definition
    return dict(found)


@cache
def expected() -> Catalogue:
    """What the latest revision makes."""
    kept: Catalogue = json.loads(EXPECTED.read_text(encoding="utf-8"))
    return kept


async def differences(connection: Connection) -> list[str]:
    """What is missing, extra or different in a schema of the latest revision, one line each."""
    return compared(await tables(connection), expected())


def summary(found: Sequence[str], most: int = 5) -> str:
    """The differences in one line; how many more there are, if there are more than ``most``."""
    more = [f"and {len(found) - most} more"] if len(found) > most else []
    return "; ".join([*found[:most], *more])


def compared(found: Catalogue, wanted: Catalogue) -> list[str]:
    """How ``found`` differs from what is ``wanted``, one line each, in the order of the names."""
    return [line for owner in sorted(found.keys() | wanted) for line in _owner(owner, found, wanted)]


def _owner(owner: str, found: Catalogue, wanted: Catalogue) -> list[str]:
    here, there = found.get(owner), wanted.get(owner)
    if here is None or there is None:
        kind = "function" if "function" in (here or there or {}) else "table"
        return [f"{kind} {owner} is {'missing' if here is None else 'extra'}"]
    changed = sorted(part for part in here.keys() | there if here.get(part) != there.get(part))
    return [_part(owner, part, here.get(part), there.get(part)) for part in changed]


def _part(owner: str, part: str, here: str | None, there: str | None) -> str:
    kind, _, name = part.partition(" ")
    if kind == "column":
        what = f"column {owner}.{name}"
    else:
        what = f"{kind} {name} of {owner}" if name else f"{kind} {owner}"
    if here is None:
        return f"{what} is missing"
    if there is None:
        return f"{what} is extra"
    return f"{what} is {here}, not {there}" if kind in {"column", "table"} else f"{what} is different"
