"""A session of others locks tables or rows of the mirror and does not end: told, and the night ends."""

import asyncpg
import pytest
from structlog.testing import capture_logs

from dcs_mirror.database import waiting
from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import MirrorError
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from dcs_mirror.sandbox.edits import ItemChanges, edit_item
from tests.support.running import sync

LOCKED = {
    "LOCK TABLE dcs_mirror.content_item": "dcs_mirror.content_item",
    "LOCK TABLE dcs_mirror.content_item IN SHARE MODE": "dcs_mirror.content_item",
    "LOCK TABLE dcs_mirror.lock": "dcs_mirror.lock",
    "LOCK TABLE dcs_mirror.sync_run": "dcs_mirror.sync_run",
    "SELECT FROM dcs_mirror.content_item FOR UPDATE": "dcs_mirror.content_item",
}


async def test_who_locks_what_the_mirror_needs_is_named_and_not_waited_for_without_end(
    database: str, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_sandbox(build_world(Sizes(institutions=1, courses=1, items=2), seed=1)) as sandbox:
        await _assert_named(sandbox, database, connection, monkeypatch)


async def _assert_named(
    sandbox: RunningSandbox, database: str, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sync(sandbox, database)
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.2)
    monkeypatch.setattr(waiting, "MOST_SECONDS", 1.0)
    for locking, table in LOCKED.items():
        for item in sandbox.world.items.values():
            edit_item(sandbox.world, item, ItemChanges(notes=locking))
        other = await asyncpg.connect(database)
        await other.execute(f"BEGIN; {locking}")
        error: MirrorError | None
        with capture_logs() as logs:
            try:
                error = (await sync(sandbox, database)).error
            except MirrorError as early:  # the run could not begin
                error = early
        who = f"(pid {other.get_server_pid()}, since"
        assert isinstance(error, waiting.DatabaseBlocked)
        assert (error.exit_code, str(error).startswith(f"{table} was locked for ")) == (4, True)
        assert who in str(error)
        told = [entry for entry in logs if entry["event"].startswith("waiting for another session")]
        assert {(entry["table"], who in entry["held_by"]) for entry in told} == {(table, True)}
        await other.close()
    assert (await sync(sandbox, database)).outcome == "complete"
    assert await connection.fetchval("SELECT array_agg(DISTINCT notes) FROM dcs.content_item") == [locking]
