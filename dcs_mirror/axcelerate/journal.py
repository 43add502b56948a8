"""The journal of unit updates: the state of each row of a file, before its call and after (A6)."""

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

from dcs_mirror.axcelerate.unit_file import Row
from dcs_mirror.clock import Clock
from dcs_mirror.database import locks, sql
from dcs_mirror.database.connections import Connection, Pool
from dcs_mirror.errors import MirrorError

_SQL = Path(__file__).parent / "sql"
_DIGEST_BYTES = 16
_KEY_BYTES = 8


class Journal:
    """The state of each row of one file, for one aXcelerate.

    A file is identified by its bytes, not by its name: a file with one more row is another file.

    Args:
        pool: connections to the mirror's database.
        clock: dates the entries.
        system: the base address of the aXcelerate.
        content: the bytes of the file.
    """

    def __init__(self, pool: Pool, clock: Clock, *, system: str, content: bytes) -> None:
        self._pool = pool
        self._clock = clock
        self._system = system
        self._digest = blake2b(content, digest_size=_DIGEST_BYTES).digest()
        self._file: dict[str, object] = {"system": system, "file_digest": self._digest}

    async def lock(self, connection: Connection) -> None:
        """Lock this file against other programs for as long as ``connection`` is open.

        Raises:
            MirrorError: if another program holds the lock.
        """
        named = f"{self._system} ".encode() + self._digest
        key = int.from_bytes(blake2b(named, digest_size=_KEY_BYTES).digest(), signed=True)
        if not await locks.try_session(connection, locks.UNIT_UPDATE, key):
            raise MirrorError("another dcs-mirror is updating units from this file: wait until it has ended")

    async def plan(self, rows: Sequence[Row], *, again: bool) -> dict[int, str]:
        """Record the rows; return the state of each, by its number, as earlier runs left it.

        Args:
            rows: the rows of the file.
            again: whether to forget the results of earlier runs of the file.
        """
        updates = [row.update for row in rows]
        values = {
            "row_numbers": [row.number for row in rows],
            "contact_ids": [update.contact_id for update in updates],
            "class_ids": [update.class_id for update in updates],
            "unit_ids": [update.unit_id for update in updates],
            "outcome_codes": [update.competent for update in updates],
            "start_dates": [update.start_date for update in updates],
            "end_dates": [update.end_date for update in updates],
        }
        async with self._pool.acquire() as connection, connection.transaction():
            if again:
                await connection.execute(*self._bound("forget"))
            await connection.execute(*self._bound("plan", **values))
            states = await connection.fetch(*self._bound("states"))
        return {state["row_number"]: state["state"] for state in states}

    async def sent(self, row_number: int) -> None:
        """Record that a row's call is about to be sent."""
        await self._pool.execute(*self._bound("sent", row_number=row_number, sent_at=self._clock.now()))

    async def answered(self, row_number: int, state: str, error: str | None) -> None:
        """Record the result of a row's call.

        Args:
            row_number: the row.
            state: ``applied``, ``refused`` or ``unanswered``; ``planned`` if nothing was sent.
            error: why it was not applied.
        """
        now = self._clock.now()
        values = {"row_number": row_number, "state": state, "error": error, "answered_at": now}
        await self._pool.execute(*self._bound("answered", **values))

    def _bound(self, name: str, **values: object) -> tuple[str, *tuple[object, ...]]:
        return sql.load(_SQL / f"{name}.sql").bind(self._file | values)
