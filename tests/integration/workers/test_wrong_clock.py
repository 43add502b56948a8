"""A worker on a machine whose clock is wrong: the clock of the database says when things happened."""

from datetime import UTC, datetime, timedelta

import pytest

from dcs_mirror import clock
from dcs_mirror.database.connections import Connection
from dcs_mirror.jobs import queue
from dcs_mirror.jobs.worker import Worker
from dcs_mirror.runtime import open_runtime
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from tests.support.running import settings_for

TIMES = """
SELECT started_at FROM dcs_mirror.sync_run UNION ALL SELECT finished_at FROM dcs_mirror.sync_run
UNION ALL SELECT started_at FROM dcs_mirror.refresh_request
UNION ALL SELECT finished_at FROM dcs_mirror.refresh_request
UNION ALL SELECT last_synced_at FROM dcs.institution
"""


class _Ahead(datetime):
    """The clock of a machine, 40 days ahead."""

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]  # the clock only asks for UTC
        assert tz is UTC
        return datetime.now(UTC) + timedelta(days=40)


async def test_a_worker_whose_clock_is_40_days_ahead_notes_true_times_and_forgets_nothing(
    connection: Connection, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = datetime.now(UTC) - timedelta(seconds=1)
    await connection.execute(
        "INSERT INTO dcs_mirror.job (kind, state, enqueued_at, finished_at) VALUES ('sync', 'failed', now(),"
        " now())"
    )
    async with running_sandbox(build_world(Sizes(institutions=1, courses=1, items=1), seed=2)) as sandbox:
        await queue.enqueue_sync(connection, queue.SyncOptions(), now=began)
        monkeypatch.setattr(clock, "datetime", _Ahead)
        async with open_runtime(settings_for(sandbox), database) as runtime:
            await Worker(runtime).run(until_empty=True)
            hei_id = await connection.fetchval("SELECT hei_id FROM dcs.institution")
            await connection.execute("SELECT dcs.request_refresh($1)", hei_id)
            await Worker(runtime).run(until_empty=True)
    assert await connection.fetchval("SELECT count(*) FROM dcs_mirror.job WHERE state = 'failed'") == 1
    found = [row[0] for row in await connection.fetch(TIMES)]
    assert len(found) == 2 * 2 + 2 + 1
    assert all(began < at < datetime.now(UTC) + timedelta(seconds=1) for at in found), found
    order = "SELECT requested_at <= started_at AND started_at <= finished_at FROM dcs_mirror.refresh_request"
    assert await connection.fetchval(order)
