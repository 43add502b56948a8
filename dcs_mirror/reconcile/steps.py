"""Running the steps of a reconciliation.

A busy event loop comes back to a connection only every now and then, so steps that need no decision between
them travel together, to a function of the session that runs them.
"""

from collections.abc import Sequence
from functools import cache

import asyncpg

from dcs_mirror.database import sql
from dcs_mirror.database.connections import SEARCH_PATH, Connection
from dcs_mirror.database.sql import Statement, Values
from dcs_mirror.reconcile.pipeline import PHASES, Phase

_TYPES = {name: type_ for phase in PHASES for step in phase for name, type_ in step.types.items()}
_PARAMETERS = tuple(_TYPES)
_PLACES = range(2, len(_PARAMETERS) + 2)

RUNNER = f"""
CREATE FUNCTION pg_temp.run_steps(text[], {", ".join(_TYPES.values())})
RETURNS bigint[] LANGUAGE plpgsql SET search_path = {SEARCH_PATH} AS $runner$
DECLARE
    step text;
    written bigint;
    counts bigint[] := '{{}}';
BEGIN
    FOREACH step IN ARRAY $1 LOOP
        EXECUTE step USING {", ".join(f"${place}" for place in _PLACES)};
        GET DIAGNOSTICS written = ROW_COUNT;
        counts := counts || written;
    END LOOP;
    RETURN counts;
END $runner$
"""
"""Creates the function, once for each session."""

# With types, so that no other function of the session fits better.
_ARGUMENTS = (f"${place}::{type_}" for place, type_ in zip(_PLACES, _TYPES.values(), strict=True))
_RUN = f"SELECT pg_temp.run_steps($1::text[], {', '.join(_ARGUMENTS)})"


async def run_step(connection: Connection, step: Statement, values: Values) -> int:
    """Run one step; return how many rows it wrote or found."""
    return sql.row_count(await connection.execute(*_bound(step, values)))


async def fetch_row(connection: Connection, step: Statement, values: Values) -> asyncpg.Record:
    """Return the one row of a step that aggregates."""
    found = await connection.fetchrow(*_bound(step, values))
    assert found is not None  # noqa: S101 - see above
    return found


async def fetch_rows(connection: Connection, step: Statement, values: Values) -> list[asyncpg.Record]:
    """Return the rows of a step."""
    return await connection.fetch(*_bound(step, values))


async def run_phases(connection: Connection, phases: tuple[Phase, ...], values: Values) -> dict[str, int]:
    """Run all steps of ``phases`` in one round trip; the temporary tables must exist.

    Args:
        values: the parameters of these steps; further ones are ignored.

    Returns:
        How many rows each step wrote or found, by its name.
    """
    names, texts, needed = _batch(phases)
    given = (sql.value_of(values, name) if name in needed else None for name in _PARAMETERS)
    counts = await connection.fetchval(_RUN, texts, *given)
    return dict(zip(names, counts, strict=True))


@cache
def _batch(phases: tuple[Phase, ...]) -> tuple[list[str], list[str], frozenset[str]]:
    """Return the steps' names, their texts, and the names of the parameters that they need."""
    steps = [step for phase in phases for step in phase]
    needed = frozenset(name for step in steps for name in step.parameters)
    return [step.name for step in steps], [_text(step, _PARAMETERS) for step in steps], needed


def _bound(step: Statement, values: Values) -> tuple[str, *tuple[object, ...]]:
    return (_text(step, step.parameters), *step.arguments(values))


def _text(step: Statement, order: Sequence[str]) -> str:
    """Return the step's text for parameters in ``order``, planned for an institution of average size.

    PostgreSQL plans for the institution that is given, by the statistics of the table. Until these are taken
    anew, they say that an institution that is just being loaded has no rows. A step that looks up each item
    by its id and institution may then read all rows of the institution for each of them. The value of a
    subquery is not known when a step is planned.
    """
    text = step.numbered(order)
    if "hei_id" not in order:
        return text
    given = f"${order.index('hei_id') + 1}::integer"
    return text.replace(given, f"(SELECT {given})")
