"""Upstream takes changes back at random, and single courses and requests are refreshed in between.

What is undone makes answers look unchanged that are not what is stored. No reference is needed here: after a
quiet night the views, the registered column and every id must be as the DCS lists them, and what is kept of
each submitted request must be what became of it (A7).
"""

import random
from copy import deepcopy

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.downstream import targets
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from dcs_mirror.sandbox.model import Institution, Item
from dcs_mirror.sandbox.random_edits import random_edits
from dcs_mirror.sandbox.years import roll_over
from dcs_mirror.sync.mirror import Mirror, open_mirror
from tests.support.control import control
from tests.support.readings import START
from tests.support.running import settings_for
from tests.support.walk import assert_feed_replays, assert_views_equal
from tests.support.writing import unfollowed

SIZES = Sizes(institutions=1, courses=4, items=3)
WEEKS, DAYS = 6, 5
SUBMITTED = """
INSERT INTO dcs_mirror.call (
    hei_id, method, parameters, state, sent_at, ended_at, request_id, last_course_key, last_item_key
) VALUES ($1, 'SubmitRequest', '{}', 'answered', '2026-01-01', '2026-01-01', $2, 0, 0)
"""
Version = tuple[Institution, dict[int, Item]]


class History:
    """One institution: its versions of this year, what the mirror is asked to do, and what must be true."""

    def __init__(self, sandbox: RunningSandbox, mirror: Mirror, connection: Connection, seed: int) -> None:
        self.sandbox, self.world, self.mirror, self.connection = sandbox, sandbox.world, mirror, connection
        self.dice = random.Random(seed)  # noqa: S311 - a history, not a secret
        (self.hei_id,) = self.world.institutions
        self.kept: list[Version] = []
        self.keys: dict[int, int] = {}
        self.submitted: set[int] = set()

    @property
    def institution(self) -> Institution:
        return self.world.institutions[self.hei_id]

    async def run(self) -> None:
        """Let weeks go by; each ends with a quiet night."""
        await self._quiet_night()
        for _ in range(WEEKS):
            for _ in range(DAYS):
                self.kept.append(deepcopy((self.institution, self.world.items)))
                self._upstream()
                await self.dice.choice(
                    [self._request, self._request, self._course, self._night, self._downstream]
                )()
                await self._submitted()
                # One without an item has not been looked up since it was submitted.
                assert [row for row in await unfollowed(self.connection) if row[1] is not None] == []
            await self._quiet_night()

    def _upstream(self) -> None:
        kind = self.dice.choices(["edit", "undo", "June"], [6, 4, 1])[0]
        if kind == "edit":
            random_edits(self.world, self.hei_id, self.dice.randint(1, 3), self.dice.randrange(10**6))
        elif kind == "undo":
            institution, items = deepcopy(self.dice.choice(self.kept))
            self.world.institutions[self.hei_id], self.world.items = institution, items
        else:
            roll_over(self.world, self.institution, new_course_ids=self.dice.random() < 0.5)
            self.kept = []

    async def _night(self) -> None:
        await self.mirror.sync()

    async def _course(self) -> None:
        codes = sorted(course.code for course in self.institution.courses.values())
        if codes:
            await self.mirror.refresh(self.hei_id, course=self.dice.choice(codes))

    async def _request(self) -> None:
        ids = sorted(self.world.items)
        if ids:
            await self.mirror.refresh(self.hei_id, request_id=self.dice.choice(ids))

    async def _submitted(self) -> None:
        """Requests of today are said to have been submitted from here, each once, as the DCS does it."""
        ids = sorted(n for n, item in self.world.items.items() if item.number not in self.submitted)
        for request_id in self.dice.sample(ids, min(2, len(ids))):
            self.submitted.add(self.world.items[request_id].number)
            await self.connection.execute(SUBMITTED, self.hei_id, request_id)

    async def _downstream(self) -> None:
        rows = await self.connection.fetch("SELECT request_id FROM dcs.request_id ORDER BY 1")
        for row in self.dice.sample(rows, min(3, len(rows))):
            await self.connection.execute("INSERT INTO public.link VALUES ($1)", row["request_id"])

    async def _quiet_night(self) -> None:
        # The first may be held, because it meets a rollover that upstream is in the middle of (R8).
        nights = [(await self.mirror.sync()).outcome for _ in range(3)]
        assert nights[1:] == ["complete", "complete"]
        await assert_views_equal(self.connection, await control(self.sandbox, "state"))
        await assert_feed_replays(self.connection)
        await self._ids_and_keys()
        assert await unfollowed(self.connection) == []
        before = await self.connection.fetchval("SELECT max(change_id) FROM dcs.change")
        await self.mirror.sync()
        assert await self.connection.fetchval("SELECT max(change_id) FROM dcs.change") == before

    async def _ids_and_keys(self) -> None:
        listed = {
            item.request_id: item
            for course in self.institution.courses.values()
            if self.institution.course_of(course.code) is course
            for item in course.items
        }
        rows = await self.connection.fetch(
            "SELECT request_id, current_request_id, item_key FROM dcs.request_id"
        )
        for row in rows:
            item = self.world.items.get(row["request_id"])
            if item is None or item.request_id not in listed:
                continue
            assert row["current_request_id"] == item.request_id
            assert self.keys.setdefault(item.number, row["item_key"]) == row["item_key"]
        assert len(set(self.keys.values())) == len(self.keys)
        stale = (
            "SELECT l.request_id FROM public.link AS l JOIN dcs.request_id AS r USING (request_id)"
            " WHERE r.current_request_id <> l.request_id"
        )
        assert await self.connection.fetch(stale) == []


async def _run(seed: int, database: str, connection: Connection) -> None:
    await connection.execute("CREATE TABLE public.link (request_id bigint)")
    world = build_world(SIZES, seed=seed)
    async with running_sandbox(world) as sandbox:
        settings = settings_for(sandbox, removal_guard=1.0, now=START)
        async with open_mirror(settings, database) as mirror:
            await targets.add(connection, "public.link", "request_id", now=START)
            await History(sandbox, mirror, connection, seed).run()


@pytest.mark.parametrize("seed", [1])
async def test_c5_r2_r9_what_is_undone_upstream_is_undone_here(
    seed: int, database: str, connection: Connection
) -> None:
    await _run(seed, database, connection)


@pytest.mark.long
@pytest.mark.parametrize("seed", [0, *range(2, 60)])
async def test_c5_r2_r9_what_is_undone_upstream_is_undone_here_at_length(
    seed: int, database: str, connection: Connection
) -> None:
    await _run(seed, database, connection)
