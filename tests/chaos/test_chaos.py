"""Everything that can go wrong at once, drawn from a seed: what holds all the while, and in the end.

The script follows from the seed; what the machine does first does not. Each act is logged, so that a failure
shows what led to it. ``CHAOS_SEEDS="17 99"`` plays these seeds in place of the long form's.
"""

import os
from pathlib import Path

import pytest
import structlog

from bench.rollover import make_reading_lists
from dcs_mirror.database.connections import Connection
from dcs_mirror.downstream import targets
from dcs_mirror.embedded.server import EmbeddedServer
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from dcs_mirror.schema import migrate
from tests.chaos.harness import Harness
from tests.chaos.invariants import Ledger, places
from tests.chaos.script import INSTITUTIONS, Act, drawn
from tests.support.command import CommandLine, command_line
from tests.support.control import control
from tests.support.readings import START
from tests.support.sessions import all_gone, look
from tests.support.versions import versions
from tests.support.walk import Row, assert_feed_replays, assert_views_equal

SIZES = Sizes(institutions=INSTITUTIONS, courses=6, items=5)
LATENCY = 0.005
SETTINGS: dict[str, object] = {
    "concurrency": 4,
    "timeout": 1.0,
    "recheck_days": 365,  # it is August all the year
    "removal_guard": 1.0,  # an institution that stayed away for long may have changed altogether
}
SHORT = range(1, 2)
LONG = [int(seed) for seed in os.environ.get("CHAOS_SEEDS", "").split()] or range(2, 45)
_UNENDED = "SELECT count(*) FROM dcs.sync_run WHERE outcome IS NULL"

log = structlog.get_logger()


@pytest.mark.parametrize("seed", [*SHORT, *(pytest.param(seed, marks=pytest.mark.long) for seed in LONG)])
async def test_r2_r6_r8_r9_c1_c2_c5_c6_after_any_chaos_the_mirror_heals_and_nothing_was_lost(
    seed: int, tmp_path: Path, own_server: EmbeddedServer
) -> None:
    """R2, R6, R8, R9, C1, C2, C5, C6: under faults, signals, restarts, edits and rollovers, all at once."""
    url = own_server.url()
    await migrate.migrate(url)
    async with look(url) as connection:
        await make_reading_lists(connection)
        await targets.add(connection, "reading_list.entry", "request_id", hei_column="hei_id", now=START)
    async with running_sandbox(build_world(SIZES, seed=seed), latency=LATENCY) as sandbox:
        variables = {f"DCS_{name.upper()}": str(value) for name, value in SETTINGS.items()}
        dcs_mirror = command_line(tmp_path, sandbox, url).but(**variables)
        stage, ledger = Harness(sandbox, own_server, dcs_mirror, SETTINGS), Ledger()
        for number, act in enumerate(drawn(seed), 1):
            log.info("act", seed=seed, number=number, act=act)
            await _play(stage, ledger, act)
        await _heal(stage, ledger)


async def _play(stage: Harness, ledger: Ledger, act: Act) -> None:
    """One act, and what must hold after it."""
    await control(stage.sandbox, "random-edits", count=act.edits, seed=act.seed)
    before = await stage.truth()
    ledger.note(before)
    async with look(stage.server.url()) as connection:
        shown = await ledger.live(connection)
    codes = await stage.play(act)
    after = await stage.truth()
    ledger.note(after)
    async with look(stage.server.url()) as connection:
        await all_gone(connection)
        await ledger.assert_keys_stay(connection, shown)
        await ledger.assert_registered_rows_follow(connection)
        await stage.feed.assert_equals_views(connection)
        # What was moved since it was mirrored is gone from where it was until its new course is read (C1).
        stayed = {
            number
            for number, place in places(before).items()
            if places(after).get(number) == place and shown.get(number) == place.course_id
        }
        assert await ledger.removed(connection) & stayed == set(), "removed, but listed all the time"
        whole = any(run.errand == "sync" and code == 0 for run, code in zip(act.runs, codes, strict=True))
        if whole and act.is_told_the_truth:
            await assert_views_equal(connection, _subscribed(after))


async def _heal(stage: Harness, ledger: Ledger) -> None:
    """Nothing goes wrong any more: one sync brings everything, and nothing is left to do after it."""
    for institution in (await stage.truth())["institutions"]:
        await control(stage.sandbox, "subscribe", hei=institution["id"])
    async with look(stage.server.url()) as connection:
        shown = await ledger.live(connection)
    calm = stage.dcs_mirror.but(DCS_TIMEOUT=None)
    healed = await calm("sync", "--json")
    held = [each for each in healed.json["institutions"] if each["outcome"] == "held"]
    if held and all(each["error"].startswith("R8:") for each in held):
        # A request that was refreshed between two years looks like a rollover under way: once, by R8's words.
        healed = await calm("sync")
    assert healed.code == 0, healed.err
    truth = await stage.truth()
    ledger.note(truth)
    async with look(stage.server.url()) as connection:
        await assert_views_equal(connection, truth)
        await ledger.assert_keys_stay(connection, shown)
        await ledger.assert_registered_rows_follow(connection)
        await stage.feed.assert_equals_views(connection)
        await assert_feed_replays(connection)
        assert (await ledger.live(connection)).keys() >= places(truth).keys()
        assert await connection.fetchval(_UNENDED) == 0
        # It may note digests, and that ids first met in a rollover under way are of this year: nothing that
        # shows. After it nothing is owed, and the next one writes nothing.
        quiet = await calm("sync", "--json")
        assert {_counts(each) for each in quiet.json["institutions"]} == {("complete", 0, 0, 0, 0)}
        await stage.feed.assert_equals_views(connection)
        await _assert_writes_nothing(connection, calm, "reconcile")
        await _assert_writes_nothing(connection, calm, "sync")


def _counts(outcome: Row) -> tuple[object, ...]:
    return tuple(outcome[name] for name in ("outcome", "added", "changed", "removed", "renumbered"))


async def _assert_writes_nothing(connection: Connection, dcs_mirror: CommandLine, command: str) -> None:
    before = await versions(connection)
    finished = await dcs_mirror(command)
    assert finished.code == 0, finished.err
    assert await versions(connection) == before
    await all_gone(connection)


def _subscribed(truth: Row) -> Row:
    """The institutions of which the mirror can know how they are."""
    return {"institutions": [each for each in truth["institutions"] if each["subscribed"]]}
