"""A mirror that is ended in the middle of a rollover leaves before or after, never between (R8, R9)."""

import asyncio
import itertools
import random
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from bench.rollover import STRAYS, make_reading_lists
from dcs_mirror.downstream import targets
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from tests.long.watching import States, states, states_at
from tests.support.command import CommandLine, Process, command_line
from tests.support.control import control
from tests.support.readings import START
from tests.support.running import sync
from tests.support.sessions import PATIENCE, all_gone, look, waits_for
from tests.support.walk import assert_feed_replays, assert_views_equal

SIZES = Sizes(institutions=8, courses=8, items=20)
ENDINGS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)

Clone = Callable[[], Awaitable[str]]


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(build_world(SIZES, seed=29)) as running:
        yield running


@pytest.fixture
async def before(sandbox: RunningSandbox, database: str) -> States:
    """``database`` before June, with a registered table; the sandbox is in the next year already."""
    assert (await sync(sandbox, database)).outcome == "complete"
    connection = await asyncpg.connect(database)
    await make_reading_lists(connection)
    await targets.add(connection, "reading_list.entry", "request_id", hei_column="hei_id", now=START)
    found = await states(connection)
    await connection.close()
    for institution in (await control(sandbox, "state"))["institutions"]:
        await control(sandbox, "rollover", hei=institution["id"])
    return found


@pytest.fixture
async def clone(server_url: str, database: str) -> AsyncIterator[Clone]:
    """Makes a database like ``database`` and gives its address; nobody may be connected to either."""
    admin = await asyncpg.connect(server_url)
    source = urlsplit(database).path.lstrip("/")
    names: Iterator[str] = (f"{source}_{number}" for number in itertools.count())
    made: list[str] = []

    async def make() -> str:
        if made:
            await admin.execute(f"DROP DATABASE {made.pop()} WITH (FORCE)")
        name = next(names)
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {source}")
        made.append(name)
        return urlunsplit(urlsplit(database)._replace(path=f"/{name}"))

    yield make
    for name in made:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.mark.parametrize("kills", [4, pytest.param(100, marks=pytest.mark.long)])
async def test_r8_r9_ended_at_any_instant_every_institution_is_before_or_after(
    kills: int, tmp_path: Path, sandbox: RunningSandbox, before: States, clone: Clone
) -> None:
    """R8, R9: killed or told to stop, at instants that cover a run from its first call to its last commit."""
    url = await clone()
    process = await _start(command_line(tmp_path, sandbox, url), sandbox)
    started = time.monotonic()
    async with look(url) as connection, asyncio.timeout(PATIENCE):
        while await connection.fetchval(_ROLLED_OVER) < len(before):
            pass
    length = time.monotonic() - started
    await process.communicate()
    assert process.returncode == 0
    after = await states_at(url)
    assert all(after[hei_id] != before[hei_id] for hei_id in before)

    dice = random.Random(kills)  # noqa: S311 - seeded, so that a failure can be repeated
    for part in range(kills):
        url = await clone()
        dcs_mirror = command_line(tmp_path, sandbox, url)
        process = await _start(dcs_mirror, sandbox)
        await _end(process, ENDINGS[part % 3], after_seconds=length * (part + dice.random()) / kills)
        async with look(url) as connection:
            _assert_before_or_after(await states(connection), before, after)
            await all_gone(connection)
            found = await states(connection)
            _assert_before_or_after(found, before, after)
            assert await connection.fetchval(STRAYS) == 0
            assert (await dcs_mirror("sync", "--resume")).code == 0
            assert await states(connection) == after
            await all_gone(connection)
            await assert_views_equal(connection, await control(sandbox, "state"))


async def test_r9_killed_between_its_own_ids_and_the_registered_ones_nothing_was_applied(
    tmp_path: Path, sandbox: RunningSandbox, before: States, clone: Clone
) -> None:
    """R9: a downstream's lock stops the mirror where its own ids are rewritten and the others are not."""
    url = await clone()
    dcs_mirror = command_line(tmp_path, sandbox, url)
    async with look(url) as connection, look(url) as downstream:
        async with downstream.transaction():
            await downstream.execute("LOCK TABLE reading_list.entry IN SHARE ROW EXCLUSIVE MODE")
            process = await dcs_mirror.start("sync")
            await waits_for(connection, downstream)
            process.kill()
            await process.communicate()
            assert process.returncode == -signal.SIGKILL
            # While the lock is held still: the server itself notices that nobody waits any more.
            await all_gone(connection)
            assert await states(connection) == before
        _assert_before_or_after(await states(connection), before, before)
        assert (await dcs_mirror("sync")).code == 0
        assert await connection.fetchval(STRAYS) == 0
        await assert_views_equal(connection, await control(sandbox, "state"))
        await assert_feed_replays(connection)


_ROLLED_OVER = "SELECT count(*) FROM dcs.rollover"


async def _start(dcs_mirror: CommandLine, sandbox: RunningSandbox) -> Process:
    """A sync that has made its first call."""
    await control(sandbox, "stats/reset")
    process = await dcs_mirror.start("sync")
    async with asyncio.timeout(PATIENCE):
        while not (await control(sandbox, "stats"))["total"]:
            pass
    return process


async def _end(process: Process, sent: signal.Signals, *, after_seconds: float) -> None:
    """Ends a sync after so many seconds; it may have ended by itself by then."""
    ended = asyncio.ensure_future(process.communicate())
    await asyncio.wait({ended}, timeout=after_seconds)
    with suppress(ProcessLookupError):
        process.send_signal(sent)
    _, err = await ended
    # By a signal that it does not catch any more it ends when its work is done, as it leaves.
    assert process.returncode in (0, 130, -sent), err.decode()


def _assert_before_or_after(found: States, before: States, after: States) -> None:
    assert found.keys() == before.keys()
    for hei_id, state in found.items():
        assert state in (before[hei_id], after[hei_id]), hei_id
