"""The contract with other systems as a database holds it: views, functions, roles and grants; and the queue.

Each unit of it is applied only if it differs, because to replace a view keeps its readers waiting. For each
unit ``dcs_mirror.applied`` holds the digest of the script that was last applied, and what the database then
had. If the script is another one now, or if something of what it made is gone or different, such as a view
that a hand changed, the unit is applied again. What somebody added, such as grants to a role of their own,
stays, and is no difference.

The queue is made again if it is gone, as after a restore of a backup without it: its rows follow from
``dcs_mirror.job``. What a release changes in it is part of a revision.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

import asyncpg
import structlog

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.schema import catalogue, readers, rights, role_names
from dcs_mirror.schema.readers import Reader
from dcs_mirror.schema.role_names import RoleNames

_SCHEMA = Path(__file__).parent
_DOWNSTREAM = _SCHEMA.parent / "downstream"
VIEWS = (_DOWNSTREAM / "views.sql", _DOWNSTREAM / "functions.sql", _DOWNSTREAM / "refreshes.sql")
_ROLE_FILES = {
    "reader": _DOWNSTREAM / "dcs_reader",
    "writer": _SCHEMA / "dcs_mirror_writer",
    "requester": _DOWNSTREAM / "dcs_requester",
    "web": _SCHEMA / "dcs_web",
}
"""The files of each role, without ``.role.sql``, which creates it, and ``.grants.sql``."""

_RIGHTS = sql.load(_SCHEMA / "sql" / "role_rights.sql")
_QUEUE = _SCHEMA / "queue.sql"
_NO_QUEUE = _SCHEMA / "no_queue.sql"
_QUEUE_PARTS = sql.load(_SCHEMA / "sql" / "queue_parts.sql")
_REVOKE = _SCHEMA / "former_role.grants.sql"
_EXISTS = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)"
_HAS_SCHEMA = "SELECT to_regnamespace('dcs')"
_CREATE_SCHEMA = "CREATE SCHEMA dcs"
_QUOTED = "SELECT quote_ident($1)"
_KEPT = "SELECT a.digest, a.parts::text AS parts FROM dcs_mirror.applied AS a WHERE a.unit = $1"
_KEPT_PARTS = "SELECT a.parts::text FROM dcs_mirror.applied AS a WHERE a.unit = $1"
_KEEP = """
INSERT INTO dcs_mirror.applied (unit, digest, parts) VALUES ($1, $2, $3::text::jsonb)
ON CONFLICT (unit) DO UPDATE SET digest = excluded.digest, parts = excluded.parts
"""
_FORGET = "DELETE FROM dcs_mirror.applied WHERE unit = $1"
_KEEP_NAME = """
INSERT INTO dcs_mirror.role (purpose, name) VALUES ($1, $2)
ON CONFLICT (purpose) DO UPDATE SET name = excluded.name
"""

Parts: TypeAlias = Mapping[str, str]
"""What a unit made, by what it is; the values only tell whether it is as it was."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Unit:
    """One part of the contract.

    Attributes:
        name: its name in ``dcs_mirror.applied``.
        script: what it is made from.
        parts: what the database has of it.
        apply: makes it so; returns False if that has to wait for an administrator.
        is_seen: whether its views are replaced, so that readers must be kept out for a moment.
    """

    name: str
    script: str
    parts: Callable[[Connection], Awaitable[Parts]]
    apply: Callable[[Connection], Awaitable[bool]]
    is_seen: bool = False

    @property
    def digest(self) -> str:
        """The digest of the script."""
        return hashlib.sha256(self.script.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Difference:
    """A unit that has to be applied, and what of it was changed by hand since it was applied last."""

    unit: Unit
    by_hand: list[str]


async def differences(connection: Connection, names: RoleNames) -> list[Difference]:
    """Return the units that are not as this release makes them. Changes nothing."""
    found = [await _difference(connection, unit) for unit in await _units(connection, names)]
    return [difference for difference in found if difference is not None]


async def apply(connection: Connection, names: RoleNames) -> None:
    """Apply the units that differ, in the transaction of the connection; tell what was changed by hand."""
    for unit in await _units(connection, names):
        difference = await _difference(connection, unit)
        if difference is None:
            continue
        if difference.by_hand:
            log.warning(
                "views, functions or grants were changed or dropped by hand; they are put back",
                what=catalogue.summary(difference.by_hand),
            )
        if await unit.apply(connection):
            await _keep(connection, unit)


async def add_reader(connection: Connection, role: str, hei_ids: Collection[int]) -> Reader:
    """Let a role see only these institutions, besides those that it sees already, in a schema of its own.

    Raises:
        SettingsError, DatabaseUnavailable: as :func:`~dcs_mirror.schema.readers.add`.
    """
    await rights.require_owner(connection, "readers add")
    async with connection.transaction():
        reader = await readers.add(connection, role, hei_ids)
        unit = _reader_unit(role, role_exists=True)
        if await _difference(connection, unit) is not None:
            await unit.apply(connection)
            await _keep(connection, unit)
    return reader


async def remove_reader(connection: Connection, role: str) -> None:
    """Take from a role what :func:`add_reader` gave it. The role itself stays.

    Raises:
        SettingsError, MirrorError: as :func:`~dcs_mirror.schema.readers.remove`.
    """
    await rights.require_owner(connection, "readers remove")
    async with connection.transaction():
        await readers.remove(connection, role)
        await connection.execute(_FORGET, _reader_unit(role, role_exists=True).name)


async def _keep(connection: Connection, unit: Unit) -> None:
    """Record that a unit was applied."""
    await connection.execute(_KEEP, unit.name, unit.digest, json.dumps(await unit.parts(connection)))


def _reader_unit(role: str, *, role_exists: bool) -> Unit:
    """The schema of a restricted reader."""
    made_from = [_read(file) for file in (*VIEWS, *readers.FILES)]
    return Unit(
        f"reader {role}",
        "\n".join([*made_from, str(role_exists)]),
        partial(readers.parts, role=role),
        partial(readers.make_views, role=role),
        is_seen=True,
    )


async def _units(connection: Connection, names: RoleNames) -> list[Unit]:
    """Return the units in the order in which they are applied: grants name what the views' unit makes."""
    views = "\n".join(_read(file) for file in VIEWS)
    units = [Unit("views", views, _view_parts, partial(_apply_views, script=views), is_seen=True)]
    units.append(Unit("queue", _read(_QUEUE), _queue_parts, _make_queue_if_gone))
    for purpose, name in asdict(names).items():
        grants = await _rendered(connection, _ROLE_FILES[purpose].with_suffix(".grants.sql"), asdict(names))
        tables = _read(_SCHEMA / "tables.sql")
        units.append(
            Unit(
                purpose,
                grants + views + tables,
                partial(_rights, role=name),
                partial(_apply_role, purpose=purpose, names=names, grants=grants),
            )
        )
    for reader in await readers.listed(connection):
        exists = await connection.fetchval(_EXISTS, reader.role)
        units.append(_reader_unit(reader.role, role_exists=exists))
    return units


async def _difference(connection: Connection, unit: Unit) -> Difference | None:
    kept = await connection.fetchrow(_KEPT, unit.name)
    if kept is None:
        return Difference(unit, [])
    before, now = json.loads(kept["parts"]), await unit.parts(connection)
    changed = [part for part, value in before.items() if now.get(part) != value]
    by_hand = sorted({part.rpartition(" of ")[2] for part in changed})
    return Difference(unit, by_hand) if by_hand or kept["digest"] != unit.digest else None


async def _view_parts(connection: Connection) -> Parts:
    return {
        f"{part.part} of {part.owner}": hashlib.sha256(part.definition.encode()).hexdigest()[:16]
        for part in await catalogue.parts(connection)
        if part.schema == "dcs" and part.part != "grant"
    }


async def _queue_parts(connection: Connection) -> Parts:
    return {row["part"]: "" for row in await connection.fetch(*_QUEUE_PARTS.bind({}))}


async def _make_queue_if_gone(connection: Connection) -> bool:
    kept = await connection.fetchval(_KEPT_PARTS, "queue")
    there = await _queue_parts(connection)
    if not there or (kept is not None and json.loads(kept).keys() - there.keys()):
        await connection.execute(_read(_NO_QUEUE))
        await connection.execute(_read(_QUEUE))
    return True


async def _rights(connection: Connection, role: str) -> Parts:
    return {row["part"]: role for row in await connection.fetch(*_RIGHTS.bind({"role": role}))}


async def _apply_views(connection: Connection, script: str) -> bool:
    # Whoever may not create schemas may still replace views: CREATE SCHEMA IF NOT EXISTS would be refused.
    if await connection.fetchval(_HAS_SCHEMA) is None:
        await connection.execute(_CREATE_SCHEMA)
    await connection.execute(script)
    return True


async def _apply_role(connection: Connection, purpose: str, names: RoleNames, grants: str) -> bool:
    """Create the role if it is missing, and grant it what it needs; take that from the role before it."""
    name = asdict(names)[purpose]
    former = asdict(await role_names.recorded(connection))[purpose]
    await connection.execute(_KEEP_NAME, purpose, name)
    if former != name and await connection.fetchval(_EXISTS, former):
        log.warning("a role gives no access any more, another one does", former=former, now=name)
        await connection.execute(await _rendered(connection, _REVOKE, {"role": former}))
    creation = await _rendered(connection, _ROLE_FILES[purpose].with_suffix(".role.sql"), asdict(names))
    if await connection.fetchval(_EXISTS, name) or await _created(connection, name, creation):
        await connection.execute(grants)
        return True
    log.warning(
        "a role is missing and this one may not create it; run once as an administrator, then migrate again",
        missing=name,
        sql=creation.rpartition("\n\n")[2].strip().rstrip(";"),
    )
    return False


async def _created(connection: Connection, name: str, creation: str) -> bool:
    """Create the role; return False if this role may not. Another database's migration may be first."""
    try:
        async with connection.transaction():
            await connection.execute(creation)
    except asyncpg.PostgresError:
        return bool(await connection.fetchval(_EXISTS, name))
    return True


async def _rendered(connection: Connection, file: Path, names: Mapping[str, str]) -> str:
    """Return a script with the names that it leaves open (as psql does: ``:"reader"``), quoted."""
    script = _read(file)
    for place, name in names.items():
        script = script.replace(f':"{place}"', await connection.fetchval(_QUOTED, name))
    return script


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8")
