"""Whether a process can work, as a monitor asks it."""

import asyncio

import pytest

from dcs_mirror.clock import Clock
from dcs_mirror.database.connections import Connection, create_pool
from dcs_mirror.metrics import service
from dcs_mirror.metrics.service import Health
from dcs_mirror.schema import migrate


async def test_however_many_ask_whether_a_process_is_ready_the_database_is_asked_once_a_second(
    database: str, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    real = migrate.require_current

    async def look(asked: Connection) -> None:
        nonlocal looks
        looks += 1
        await real(asked)

    monkeypatch.setattr(migrate, "require_current", look)
    async with create_pool(database) as pool:
        health = Health(pool, Clock(), None)
        assert {await asked for asked in [health.why_not_ready() for _ in range(50)]} == {None}
        together = await asyncio.gather(*(health.why_not_ready() for _ in range(50)))
        assert (set(together), looks) == ({None}, 1)

        await connection.execute("UPDATE dcs_mirror.alembic_version SET version_num = '9999'")
        monkeypatch.setattr(service, "FRESH_SECONDS", 0.0)
        assert "newer" in str(await health.why_not_ready())
        health.is_draining = True
        assert "draining" in str(await health.why_not_ready())
        assert looks == 2
