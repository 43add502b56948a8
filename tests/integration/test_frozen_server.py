"""A server whose processes stand still, as on a hung disk or a lost machine: told, and the night ends."""

import asyncio
import os
import signal

import pytest
from structlog.testing import capture_logs

from dcs_mirror.database import connections, waiting
from dcs_mirror.database.connections import connect
from dcs_mirror.embedded.server import EmbeddedServer
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from tests.support.faulty import Hold, faulty
from tests.support.running import sync
from tests.support.sessions import PATIENCE


async def test_a_server_that_answers_nobody_is_told_and_not_waited_for_without_end(
    own_server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(waiting, "MOST_SECONDS", 1.5)
    monkeypatch.setattr(connections, "CLOSE_SECONDS", 0.5)
    url = f"{own_server.url()}&connect_timeout=1"
    async with (
        running_sandbox(build_world(Sizes(institutions=1, courses=1, items=2), seed=1)) as sandbox,
        faulty(sandbox) as front,
    ):
        hold = Hold("GetCourseContent", is_answered=True)
        front.holds.append(hold)
        with capture_logs() as logs:
            running = asyncio.create_task(sync(front, url))
            async with asyncio.timeout(PATIENCE):
                await hold.came.wait()
            pids = await processes(own_server)
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            try:
                hold.released.set()
                async with asyncio.timeout(PATIENCE):
                    report = await running
            finally:
                for pid in pids:
                    os.kill(pid, signal.SIGCONT)
        assert isinstance(report.error, waiting.DatabaseSilent)
        assert (report.error.exit_code, "answered nobody for" in str(report.error)) == (4, True)
        told = [entry["event"] for entry in logs if entry["event"].startswith("PostgreSQL gives no answer")]
        assert len(told) == 1
        assert (await sync(front, url)).outcome == "complete"


async def processes(server: EmbeddedServer) -> list[int]:
    """The process ids of a server: those of its sessions, and last the one that takes new connections."""
    async with connect(server.url()) as connection:
        found = await connection.fetch(
            "SELECT pid FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
    (folder,) = server.data_dir.glob("postgres-*/postmaster.pid")
    return [*(row["pid"] for row in found), int(folder.read_text().splitlines()[0])]
