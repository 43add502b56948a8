"""The steps of a reconciliation: SQL files that the server runs in the order of their names.

A busy event loop comes back to a connection only every now and then. So steps that need no decision
between them travel together, to a function of the session that runs them.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import asyncpg

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection

_STEPS = {step.name: step for step in sql.load_folder(Path(__file__).parent / "sql")}
_PARAMETERS = tuple(dict.fromkeys(name for step in _STEPS.values() for name in step.parameters))
_PLACES = range(2, len(_PARAMETERS) + 2)

RUNNER = f"""
CREATE FUNCTION pg_temp.run_steps(text[], {", ".join(sql.TYPES[name] for name in _PARAMETERS)})
RETURNS bigint[] LANGUAGE plpgsql AS $runner$
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
"""What makes the function, once a session."""

_RUN = f"SELECT pg_temp.run_steps($1, {', '.join(f'${place}' for place in _PLACES)})"


async def run_step(connection: Connection, name: str, values: Mapping[str, object]) -> int:
    """Runs the step ``name``; returns how many rows it wrote or found."""
    return sql.row_count(await connection.execute(*_STEPS[name].bind(values)))


async def row(connection: Connection, name: str, values: Mapping[str, object]) -> asyncpg.Record:
    """The one row of the step ``name``, which aggregates."""
    found = await connection.fetchrow(*_STEPS[name].bind(values))
    assert found is not None  # noqa: S101 - see above
    return found


async def rows(connection: Connection, name: str, values: Mapping[str, object]) -> list[asyncpg.Record]:
    """The rows of the step ``name``."""
    return await connection.fetch(*_STEPS[name].bind(values))


async def run_steps(
    connection: Connection, prefixes: tuple[str, ...], values: Mapping[str, object]
) -> dict[str, int]:
    """Runs the steps whose names begin with one of ``prefixes``; the temporary tables must be there.

    Args:
        values: by the names of parameters, with all that these steps have.

    Returns:
        How many rows each step wrote or found, by its name.
    """
    names, texts, parameters = _batch(prefixes)
    arguments = [values[name] if name in parameters else None for name in _PARAMETERS]
    counts = await connection.fetchval(_RUN, texts, *arguments)
    return dict(zip(names, counts, strict=True))


@cache
def _batch(prefixes: tuple[str, ...]) -> tuple[list[str], list[str], set[str]]:
    steps = [step for name, step in _STEPS.items() if name.startswith(prefixes)]
    parameters = {name for step in steps for name in step.parameters}
    return [step.name for step in steps], [step.numbered(_PARAMETERS) for step in steps], parameters
