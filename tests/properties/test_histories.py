"""Whatever happens over the years, the mirror holds what the rules say: histories against a reference."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dcs_mirror.database.connecting import ServerConnection
from dcs_mirror.database.connections import SESSION, Connection
from dcs_mirror.reading import InstitutionReading, LookedUp
from tests.properties import mirrored, reference
from tests.properties.histories import FIRST_NIGHT, Edit, Night, contents, happen, histories
from tests.properties.state import State
from tests.properties.world import Faults, Ids, World, chosen
from tests.support.walk import FeedReader

HEI, OTHER = 209, 210
SHORT = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    # One database serves all examples of a test: each begins by emptying it.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
LONG = settings(SHORT, max_examples=1000, derandomize=False)


class Database:
    """A migrated database and the event loop on which its connection lives."""

    def __init__(self, url: str) -> None:
        self._runner = asyncio.Runner()
        self.connection: Connection = self._runner.run(
            asyncpg.connect(url, server_settings=SESSION, connection_class=ServerConnection)
        )
        self._runner.run(mirrored.prepare(self.connection, HEI))

    def live(self, histories_: Sequence["History"]) -> None:
        self._runner.run(_live(self.connection, histories_))

    def close(self) -> None:
        self._runner.run(self.connection.close())
        self._runner.close()


class History:
    """One institution upstream, what its mirror should hold, and the nights to come."""

    def __init__(self, hei_id: int, ids: Ids, places: Sequence[int], nights: Sequence[Night]) -> None:
        self.world = World(hei_id, ids, places)
        self.nights = [Night(edits=()), *nights, Night(), Night()]
        self.now = FIRST_NIGHT
        self.state = State()
        self.keys = mirrored.Keys()
        self.identities: dict[str, int] = {}

    async def pass_night(self, connection: Connection, night: Night, order: int) -> None:
        """Lives through a day and reads upstream at its end."""
        world, hei_id = self.world, self.world.hei_id
        for edit in night.edits:
            happen(world, edit)
        self.now = night.after(self.now)
        faults = night.faults
        reading = await self._read(connection, faults, order)
        while True:
            now = self.now + timedelta(minutes=2)
            expected = reference.apply(self.state, reading, now)
            found = await mirrored.apply(connection, reading, now)
            if isinstance(expected, tuple):
                self.state, counts = expected
                assert found == counts
                break
            assert found == expected
            if isinstance(expected, reference.Held):
                break
            if isinstance(expected, reference.Owed):
                reading.looked_up += self._look_up(expected.request_ids, faults)
            else:
                faults = replace(faults, rolls_over_at=None)
                reading = await self._read(connection, faults, order)
                reading.is_reread = True
        await mirrored.assert_equals(connection, hei_id, self.state, self.keys)
        await self._assert_repeats(connection, reading)

    async def _read(self, connection: Connection, faults: Faults, order: int) -> InstitutionReading:
        known = await mirrored.known(connection, self.world.hei_id)
        fetched_at = self.now + timedelta(minutes=1)
        return self.world.read(known, faults, started_at=self.now, fetched_at=fetched_at, order=order)

    def _look_up(self, ids: Sequence[int], faults: Faults) -> list[LookedUp]:
        fetched_at = self.now + timedelta(minutes=1)
        return [
            self.world.look_up(i, answered=not chosen(faults.unanswered, place), fetched_at=fetched_at)
            for place, i in enumerate(ids)
        ]

    async def _assert_repeats(self, connection: Connection, reading: InstitutionReading) -> None:
        """R8: the very same reading again changes no row."""
        before = await mirrored.versions(connection)
        await mirrored.apply(connection, reading, self.now + timedelta(minutes=3))
        assert await mirrored.versions(connection) == before

    def assert_identities(self) -> None:
        """A piece that upstream carries over the years keeps its key, and no other piece has it."""
        live = {i.record.request_id: i.key for i in self.state.items.values() if not i.is_removed}
        for _, piece in self.world.pieces():
            key = live.get(piece.ids[-1])
            if key is not None:
                assert self.identities.setdefault(piece.guid, key) == key
        assert len(set(self.identities.values())) == len(self.identities)

    def assert_converged(self) -> None:
        """After a night without trouble the mirror shows what upstream lists."""
        courses = [c.record for c in self.state.courses.values() if not c.is_removed]
        assert sorted(courses, key=lambda c: c.course_id) == sorted(
            self.world.courses(), key=lambda c: c.course_id
        )
        items = {i.record.request_id: i for i in self.state.items.values() if not i.is_removed}
        listed = {piece.ids[-1]: (piece.record(), place.code) for place, piece in self.world.pieces()}
        assert {i: (item.record, item.course_code) for i, item in items.items()} == listed


async def _live(connection: Connection, lives: Sequence[History]) -> None:
    await mirrored.clear(connection)
    downstream, feed = mirrored.Downstream(), FeedReader()
    order = 0
    for life in lives:
        previous = [i for _, piece in life.world.pieces() for i in piece.ids]
        await downstream.note(connection, life.world.hei_id, previous)
    for round_ in range(max(len(life.nights) for life in lives)):
        for life in lives:
            if round_ < len(life.nights):
                order += 1
                await life.pass_night(connection, life.nights[round_], order)
                states = {each.world.hei_id: each.state for each in lives}
                await downstream.assert_follows(connection, states, HEI)
                bearers = [item.record.request_id for item in life.state.items.values()]
                await downstream.note(connection, life.world.hei_id, bearers)
                await feed.assert_equals_views(connection)
                if life.world.is_plain:
                    life.assert_identities()
    for life in lives:
        if life.world.is_plain:
            life.assert_converged()


@pytest.fixture
def mirror(database: str) -> Iterator[Database]:
    opened = Database(database)
    yield opened
    opened.close()


@given(places=contents, nights=histories(plain=True))
@SHORT
def test_r1_to_r10_s1_to_s6_c1_c6_the_mirror_follows_upstream_over_years_of_trouble(
    mirror: Database, places: list[int], nights: list[Night]
) -> None:
    """R1 to R10, S1 to S6, C1, C6; every key stands for one piece of content, and at the end all is there."""
    mirror.live([History(HEI, Ids(), places, nights)])


@given(places=contents, nights=histories(plain=False))
@example(  # two claims to one id, then that id again in an answer from before
    places=[1],
    nights=[
        Night(edits=(Edit("roll over, twin", 0, 0), Edit("roll over, twin", 1, 0))),
        Night(edits=(), faults=Faults(stale=2)),
    ],
)
@example(  # one item under its old id and its new one, then a year that the mirror slept through
    places=[1],
    nights=[
        Night(edits=(Edit("open"),), faults=Faults(stale=1, listed_twice=2)),
        Night(edits=(Edit("year"),)),
    ],
)
@example(  # the same, and the course of one of the two answers in part
    places=[1],
    nights=[
        Night(edits=(Edit("open"),), faults=Faults(stale=1, listed_twice=2)),
        Night(edits=(Edit("year"),), faults=Faults(partial=2)),
    ],
)
@SHORT
def test_r1_r3_w8_the_mirror_follows_the_rules_where_upstream_contradicts_itself(
    mirror: Database, places: list[int], nights: list[Night]
) -> None:
    """R1, R3, W8: ids claimed twice, shared GUIDs, old ids answered again."""
    mirror.live([History(HEI, Ids(), places, nights)])


@given(places=st.tuples(contents, contents), nights=st.tuples(*[histories(plain=True)] * 2))
@settings(SHORT, max_examples=4)
def test_r8_r9_c2_two_institutions_with_interleaved_ids_do_not_disturb_each_other(
    mirror: Database, places: tuple[list[int], list[int]], nights: tuple[list[Night], list[Night]]
) -> None:
    """R8, R9, C2."""
    ids = Ids()
    mirror.live([History(HEI, ids, places[0], nights[0]), History(OTHER, ids, places[1], nights[1])])


@pytest.mark.long
@given(places=contents, nights=st.booleans().flatmap(lambda plain: histories(plain=plain)))
@LONG
def test_the_mirror_follows_the_rules_over_many_histories(
    mirror: Database, places: list[int], nights: list[Night]
) -> None:
    """The same, a thousand times over."""
    mirror.live([History(HEI, Ids(), places, nights)])
