"""What a registered table would run with the rights of the mirror's session, and whether it may (R9).

The mirror reads and changes tables of other systems. Triggers, rules and expressions of such a table run with
the rights of whoever does that; some run while a query is only planned. So the table is looked at before each
statement, after the statement was parsed: from then on the table is locked, and nobody can add a trigger.
But no lock keeps others from replacing a function, or from adding to tables that follow. So the table is
looked at again before the transaction goes on: if anything is not as it was, all that ran is rolled back.
"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from dcs_mirror.database import session, sql
from dcs_mirror.database.connections import SESSION, Connection

ID_KINDS = ("integer", "bigint", "numeric", "text", "character varying")
"""The types of column that can hold request ids."""

HEI_KINDS = ("smallint", "integer", "bigint", "numeric")
"""The types of column that can hold institutions."""

_REGISTERED = sql.load(Path(__file__).with_name("registered.sql"))
_TABLE_CODE = sql.load(Path(__file__).with_name("table_code.sql"))
_CHANGE = "SELECT format('UPDATE %1$I.%2$I SET %3$I = %3$I', $1::text, $2::text, $3::text)"
# The planner expects millions of rows of the recursive parts, and fills all the memory that it may use with
# tables of hashes, which takes far longer than the few rows that there are. Without parameters, because code
# of others may have replaced what the session prepared.
_BEFORE_LOOK = "SET work_mem = '1MB'; SET LOCAL search_path = pg_catalog, pg_temp"
_AFTER_LOOK = f"SET work_mem = '{SESSION['work_mem']}'"
_MOST_SHOWN = 3
_POLICY = "policy "


class TableRefused(Exception):
    """A registered table may not be read or changed as it is now; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered column.

    Attributes:
        seen_code: the code of its table that ``targets add`` saw; None if it never looked.
        name: the column's name with its table and schema, quoted if necessary.
        kind: the type that its ids are compared in; None if there is no such column.
        target_id: its number.
    """

    table_schema: str
    table_name: str
    column_name: str
    hei_id: int | None
    hei_column: str | None
    seen_code: Sequence[str] | None
    name: str = ""
    kind: str | None = None
    target_id: int = 0

    @classmethod
    def of(cls, row: asyncpg.Record) -> "Registered":
        """Return the registration in a row that has its columns, and may have others."""
        return cls(**{name: row[name] for name in cls.__slots__ if name in row})

    @property
    def is_unfiltered(self) -> bool:
        """Whether nothing says which institution a row's id belongs to."""
        return self.hei_id is None and self.hei_column is None

    def command(self, table: str) -> str:
        """Return the command that registers the column of ``table``, a name as in SQL, again."""
        words = ["dcs-mirror", "targets", "add", table, self.column_name]
        if self.hei_column is not None:
            words += ["--hei-column", self.hei_column]
        if self.hei_id is not None:
            words += ["--hei", str(self.hei_id)]
        return shlex.join(words)


@dataclass(frozen=True, slots=True)
class TableCode:
    """What the catalogue says about a registered table, as this session sees it.

    Attributes:
        name: of the table, with its schema, quoted if necessary.
        kind: of the relation, as in ``pg_class``; None if there is none.
        not_a_table: a part of it that is no table, such as a foreign partition.
        column_kind: type of the registered column, None if there is no such column.
        hei_kind: type of the column of institutions, None if there is no such column.
        owners: of the table and its partitions.
        code: what it would run, a line each with a digest of the definition.
        versions: the versions of the functions that it would run: to replace one changes it, also if another
            replacement restores the definition.
        strangers: owners of the table or of functions that cannot become the session's role.
        powers: what this role, or one that it can become, may do beyond its own tables.
        role: the session's role.
    """

    name: str
    kind: str | None
    not_a_table: str | None
    column_kind: str | None
    hei_kind: str | None
    owners: Sequence[str]
    code: Sequence[str]
    versions: Sequence[str]
    strangers: Sequence[str]
    powers: Sequence[str]
    role: str

    @property
    def to_keep(self) -> list[str]:
        """The lines that a registration keeps: owners and code."""
        return [*(f"owner {owner}" for owner in self.owners), *self.code]

    @property
    def shown(self) -> list[str]:
        """The lines of code without their digests."""
        return [_without_digest(line) for line in self.code]

    @property
    def excess(self) -> str | None:
        """Why this session may not touch the table at all, and what to do; None if it may.

        Code of others in the session of such a role would have its rights: it can take back any change of
        the role, replace prepared statements, and leave triggers for the end of the transaction.
        """
        runs = any(not line.startswith(_POLICY) for line in self.code)
        powers = [power for power in self.powers if runs or power != "BYPASSRLS"]
        if not self.strangers or not powers:
            return None
        return (
            f"{_listed(self.strangers)} could run code with the rights of {self.role}, which has "
            f"{_listed(powers)}. Let the mirror connect as a role without them (docs/operating.md, Roles). "
            f"Or let {self.role} own the table and the functions of its triggers"
        )


async def read_registered(
    connection: Connection, *, target_id: int | None = None, hei_id: int | None = None
) -> list[Registered]:
    """Return the registered columns: all, one, or those that may hold ids of an institution."""
    values = {"target_id": target_id, "hei_id": hei_id}
    return [Registered.of(row) for row in await connection.fetch(*_REGISTERED.bind(values))]


async def hold(connection: Connection, registered: Registered) -> None:
    """Lock a registered table until the transaction ends: nobody can add a trigger, a rule or an index to it.

    To prepare a statement that changes rows takes that lock, and needs no right to. A table that is only read
    is locked too little: who adds an index may have its expression run while the reading is planned.

    Args:
        connection: in a transaction, with the settings of :func:`~dcs_mirror.database.session.confine`.

    Raises:
        asyncpg.PostgresError: if there is no such table, or it is not free in time.
    """
    names = (registered.table_schema, registered.table_name, registered.column_name)
    await connection.prepare(await connection.fetchval(_CHANGE, *names))


async def look(connection: Connection, registered: Registered) -> TableCode:
    """Return what the catalogue says about a registered table; one query, which does not touch the table.

    Nothing that code of others left in the session changes the answer.
    """
    await connection.execute(_BEFORE_LOOK)
    text, *arguments = _TABLE_CODE.bind(registered)
    looking = await connection.prepare(text, name="")
    row = await looking.fetchrow(*arguments)
    await connection.execute(_AFTER_LOOK)
    assert row is not None  # noqa: S101 - a row even if there is no table
    return TableCode(**row)


def objection(registered: Registered, found: TableCode) -> str | None:
    """Say why the mirror may not read and change the table as it is, and what to do; None if it may."""
    return _other_kind(registered, found) or found.excess or _unseen(registered, found)


class Watched:
    """Read and change a registered table in the block; nothing runs there but what ``targets add`` saw.

    Enter it after the statement was prepared, in a transaction or a savepoint of its own, so that an error
    undoes all that ran, and with a ``search_path`` that leads to nobody's schema. Leave it when all that the
    statement set off has run.

    Raises:
        TableRefused: if the table may not be read and changed as it is, or if something that it runs was
            replaced meanwhile; says what to do.
    """

    # Not a generator: contextlib cannot pass on what the driver raises for SQLSTATE 01000 or 02000.

    def __init__(self, connection: Connection, registered: Registered) -> None:
        self._connection = connection
        self._registered = registered

    async def __aenter__(self) -> None:
        self._found = await look(self._connection, self._registered)
        problem = objection(self._registered, self._found)
        if problem is not None:
            raise TableRefused(problem)

    async def __aexit__(self, failed: type[BaseException] | None, *_: object) -> None:
        found = self._found
        if failed is not None or not found.strangers:
            return
        if await look(self._connection, self._registered) != found:
            await session.forget_statements(self._connection)
            raise TableRefused(
                f"the code that {found.name} runs was replaced while the mirror worked on it. The mirror's "
                f"changes were undone. Ask {_listed(found.strangers)} why; `dcs-mirror targets list` shows "
                "what the table runs now"
            )


def _other_kind(registered: Registered, found: TableCode) -> str | None:
    if found.kind not in ("r", "p"):
        return "it is no table any more"
    if found.not_a_table is not None:
        return f"its part {found.not_a_table} is no table"
    if found.column_kind not in ID_KINDS:
        return f"its type is {found.column_kind} now"
    if registered.hei_column is not None and found.hei_kind not in HEI_KINDS:
        return f"the type of {registered.hei_column} is {found.hei_kind} now"
    return None


def _unseen(registered: Registered, found: TableCode) -> str | None:
    seen = registered.seen_code
    now = found.code if seen is None else found.to_keep
    # A policy runs nothing here: with row_security = off a statement that it concerns fails.
    new = [_without_digest(line) for line in now if line not in (seen or ()) and not line.startswith(_POLICY)]
    if not new:
        return None
    return (
        f"not run, because it has changed since `targets add`: {_listed(new)}. "
        f"Look at it; if it is right, register the column again: {registered.command(found.name)}"
    )


def _without_digest(line: str) -> str:
    return line.rpartition(" #")[0] or line


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else ""
    return ", ".join(names[:_MOST_SHOWN]) + more
