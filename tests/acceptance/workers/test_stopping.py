"""A worker that is told to stop ends within ten seconds, whatever its database does."""

import asyncio
import contextlib
import signal
import time
from pathlib import Path

import psutil

from dcs_mirror.embedded.server import EmbeddedServer
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from dcs_mirror.schema import migrate
from tests.support.command import command_line
from tests.support.faulty import Hold, faulty
from tests.support.sessions import look, until


async def test_a_worker_stops_within_ten_seconds_though_the_database_hangs(
    tmp_path: Path, own_server: EmbeddedServer
) -> None:
    await migrate.migrate(own_server.url())
    hold = Hold("GetInstitutions")
    async with running_sandbox(build_world(Sizes(1, 1, 1), seed=5)) as sandbox, faulty(sandbox) as front:
        dcs_mirror = command_line(tmp_path, front, own_server.url())
        front.holds.append(hold)
        worker = await dcs_mirror.start("worker")
        assert (await dcs_mirror("enqueue", "sync")).code == 0
        await asyncio.wait_for(hold.came.wait(), 30)
        async with look(own_server.url()) as connection:
            await until(connection, "SELECT count(*) = 1 FROM dcs_mirror.job WHERE state = 'running'")
            pid = await connection.fetchval("SELECT pg_backend_pid()")
            server = psutil.Process(pid).parent()
        assert server is not None
        hung: list[psutil.Process] = []
        try:
            hang(server, hung)
            began = time.monotonic()
            worker.send_signal(signal.SIGTERM)
            _, err = await asyncio.wait_for(worker.communicate(), 20)
            took = time.monotonic() - began
        finally:
            for process in hung:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.resume()
            hold.released.set()
    assert b"Traceback" not in err, err.decode()
    assert took < 10


def hang(server: psutil.Process, hung: list[psutil.Process]) -> None:
    """Stop `server`, then its children; each that is stopped is added to `hung`.

    The server first, so that it starts no more of them. One that ends meanwhile hangs nobody.
    """
    server.suspend()
    hung.append(server)
    for process in server.children():
        with contextlib.suppress(psutil.NoSuchProcess):
            process.suspend()
            hung.append(process)
