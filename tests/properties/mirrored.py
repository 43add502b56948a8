"""The mirror under test: readings applied to PostgreSQL, and its views held against the reference."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

import asyncpg
import msgspec

from dcs_mirror.database.connections import Connection
from dcs_mirror.downstream import targets
from dcs_mirror.reading import InstitutionReading, StoredCourse, StoredInstitution
from dcs_mirror.reconcile.apply import apply as apply_to_tables
from dcs_mirror.reconcile.compare import ApplyOptions
from dcs_mirror.reconcile.outcome import InstitutionOutcome
from dcs_mirror.reconcile.required import LookupsRequired, RolloverDetected
from tests.properties.recheck import RECHECK_DAYS
from tests.properties.reference import Held, Mixed, Owed
from tests.properties.state import Counts, State

# Children before parents.
TABLES = (
    "dcs_mirror.change",
    "dcs_mirror.rollover",
    "dcs_mirror.recheck_flag",
    "dcs_mirror.status_change",
    "dcs_mirror.request_id_history",
    "dcs_mirror.content_item",
    "dcs_mirror.quarantine",
    "dcs_mirror.course",
    "dcs_mirror.institution",
    "dcs_mirror.target_report",
    "downstream.small",
    "downstream.big",
    "downstream.exact",
    "downstream.words",
)
RUNS = ("dcs_mirror.sync_outcome", "dcs_mirror.sync_run")
_VERSIONS = " UNION ALL ".join(f"SELECT '{table}', ctid::text, xmin::text FROM {table}" for table in TABLES)


async def prepare(connection: Connection, hei_id: int) -> None:
    """Makes downstream's tables and registers a column of each kind and each filter (R9)."""
    await connection.execute(
        "SET synchronous_commit = off; SET plan_cache_mode = force_custom_plan;"
        "CREATE SCHEMA downstream;"
        "CREATE TABLE downstream.small (hei integer, first bigint, id integer);"
        "CREATE TABLE downstream.big (hei integer, first bigint, id bigint);"
        "CREATE TABLE downstream.exact (hei integer, first bigint, id numeric);"
        "CREATE TABLE downstream.words (hei integer, first bigint, id text)"
    )
    now = datetime.fromisoformat("2025-01-01T00:00:00+00:00")
    await targets.add(connection, "downstream.small", "id", now=now)
    await targets.add(connection, "downstream.big", "id", hei_id=hei_id, now=now)
    await targets.add(connection, "downstream.exact", "id", hei_column="hei", now=now)
    await targets.add(connection, "downstream.words", "id", hei_column="hei", now=now)


async def clear(connection: Connection) -> None:
    """Empties the tables. Few rows are deleted faster than as many tables are truncated."""
    await connection.execute(";".join(f"DELETE FROM {table}" for table in (*TABLES, *RUNS)))


async def known(connection: Connection, hei_id: int) -> StoredInstitution:
    """What the crawl knows before it asks."""
    institution = await connection.fetchrow(
        "SELECT name, subscribed, courses_digest FROM dcs_mirror.institution WHERE hei_id = $1", hei_id
    )
    rows = await connection.fetch(
        "SELECT course_id, course_code, status, digest FROM dcs_mirror.course"
        " WHERE hei_id = $1 AND removed_at IS NULL",
        hei_id,
    )
    if institution is None:
        return StoredInstitution()
    return StoredInstitution(
        institution["name"],
        institution["subscribed"],
        institution["courses_digest"],
        [StoredCourse(*row) for row in rows],
    )


async def apply(
    connection: Connection, reading: InstitutionReading, now: datetime
) -> Counts | Owed | Mixed | Held:
    """Applies a reading as a run of its own; what became of it, in the reference's words."""
    run_id = await connection.fetchval(
        "INSERT INTO dcs_mirror.sync_run (kind, started_at) VALUES ('sync', $1) RETURNING run_id", now
    )
    options = ApplyOptions(1.0, recheck_days=RECHECK_DAYS)
    try:
        outcome = await apply_to_tables(connection, reading, run_id=run_id, options=options, now=now)
    except LookupsRequired as owed:
        return Owed(owed.request_ids)
    except RolloverDetected:
        return Mixed()
    if (outcome.error or "").startswith("R8:"):
        return await apply(connection, reading, now)  # held once: the next run applies what still looks mixed
    if outcome.outcome == "held":
        return Held()
    assert outcome.outcome in {"partial", "complete"}
    return _counts(outcome)


def _counts(outcome: InstitutionOutcome) -> Counts:
    assert outcome.courses is not None
    assert outcome.content_items is not None
    return Counts(
        outcome.courses,
        outcome.content_items,
        outcome.added,
        outcome.changed,
        outcome.removed,
        outcome.renumbered,
        outcome.flagged,
        outcome.outcome == "partial",
    )


async def versions(connection: Connection) -> set[tuple[str, ...]]:
    """Every version of every row but those that record the run."""
    return {tuple(row) for row in await connection.fetch(_VERSIONS)}


Row = dict[str, object]


class Keys:
    """Which of the mirror's keys stands for which of the reference's: one for one, for ever."""

    def __init__(self) -> None:
        self._of: dict[tuple[str, int], int] = {}

    def same(self, kind: str, reference: int, mirror: int) -> None:
        """Holds a pair against those that were met before."""
        assert self._of.setdefault((kind, reference), mirror) == mirror, (kind, reference, mirror)

    def are_one_to_one(self) -> bool:
        return len({(kind, key) for (kind, _), key in self._of.items()}) == len(self._of)

    def __getitem__(self, key: tuple[str, int]) -> int:
        return self._of[key]


async def assert_equals(connection: Connection, hei_id: int, state: State, keys: Keys) -> None:
    """The views show the reference's state, up to the names of the keys."""
    row = await connection.fetchrow("SELECT * FROM dcs.institution WHERE hei_id = $1", hei_id)
    assert row is not None
    assert (row["name"], row["academic_year"], row["last_synced_at"] is not None) == (
        state.name,
        state.year,
        True,
    )
    await _assert_courses(connection, hei_id, state, keys)
    await _assert_items(connection, hei_id, state, keys)
    assert keys.are_one_to_one()
    await _assert_ids(connection, hei_id, state, keys)
    await _assert_status(connection, hei_id, state, keys)
    rows = await connection.fetch("SELECT * FROM dcs.rollover WHERE hei_id = $1", hei_id)
    assert {r["academic_year"]: without(r, "hei_id", "academic_year", "observed_at") for r in rows} == {
        year: asdict(rollover) for year, rollover in state.rollovers.items()
    }


async def _assert_courses(connection: Connection, hei_id: int, state: State, keys: Keys) -> None:
    rows = await connection.fetch("SELECT * FROM dcs.course WHERE hei_id = $1", hei_id)
    shown = {row["course_id"]: row for row in rows}
    assert set(shown) == {course.record.course_id for course in state.courses.values()}
    for course in state.courses.values():
        row = shown[course.record.course_id]
        keys.same("course", course.key, row["course_key"])
        expected = msgspec.structs.asdict(course.record)
        del expected["extra"]
        assert {name: row[name] for name in expected} == expected
        assert (row["removed_at"] is not None) == course.is_removed, course


async def _assert_items(connection: Connection, hei_id: int, state: State, keys: Keys) -> None:
    rows = await connection.fetch("SELECT * FROM dcs.content_item WHERE hei_id = $1", hei_id)
    shown = {row["request_id"]: row for row in rows}
    assert set(shown) == {item.record.request_id for item in state.items.values()}
    for item in state.items.values():
        row = shown[item.record.request_id]
        keys.same("item", item.key, row["item_key"])
        expected = msgspec.structs.asdict(item.record) | {
            "course_key": None if item.course is None else keys["course", item.course],
            "course_code": item.course_code,
            "first_seen_at": item.first_seen_at,
        }
        del expected["extra"]
        assert {name: row[name] for name in expected} == expected
        assert (row["removed_at"] is not None) == item.is_removed, item


async def _assert_ids(connection: Connection, hei_id: int, state: State, keys: Keys) -> None:
    """R2: every id ever handed out leads to the item that bears it now or bore it last."""
    ids = sorted(state.ids_ever())
    rows = await connection.fetch(
        "SELECT id, dcs.current_request_id(id) AS anywhere, dcs.current_request_id(id, $2) AS here"
        " FROM unnest($1::bigint[]) AS id",
        ids,
        hei_id,
    )
    expected = {i: holder.record.request_id for i in ids if (holder := state.holder(i)) is not None}
    assert {row["id"]: row["here"] for row in rows} == expected
    assert {row["id"]: row["anywhere"] for row in rows} == expected
    rows = await connection.fetch("SELECT * FROM dcs.request_id_history WHERE hei_id = $1", hei_id)
    assert {r["old_request_id"]: (r["item_key"], r["via"]) for r in rows} == {
        old: (keys["item", key], state.via[old]) for old, key in state.history.items()
    }


async def _assert_status(connection: Connection, hei_id: int, state: State, keys: Keys) -> None:
    rows = await connection.fetch("SELECT * FROM dcs.status_change WHERE hei_id = $1", hei_id)
    shown = sorted((without(row, "status_change_id", "hei_id") for row in rows), key=_order)
    expected = []
    for change in state.status_changes:
        values = asdict(change)
        values["item_key"] = keys["item", values.pop("item")]
        expected.append(values)
    for one, other in zip(shown, sorted(expected, key=_order), strict=True):
        assert one == other, (one, other)
    rows = await connection.fetch("SELECT * FROM dcs.recheck_flag WHERE hei_id = $1", hei_id)
    left_out = ("flag_id", "hei_id", "item_key", "kind", "licence_year")
    joined = ("request_id", "course_code", "title", "acknowledged_at", "acknowledged_note", "assigned_to")
    flags = {(r["item_key"], r["kind"], r["licence_year"]): without(r, *left_out, *joined) for r in rows}
    assert flags == {
        (keys["item", item], kind, year): asdict(flag) for (item, kind, year), flag in state.flags.items()
    }


def _order(change: Mapping[str, object]) -> str:
    return f"{change['observed_at']} {change['item_key']:>9}"


def without(row: asyncpg.Record, *names: str) -> Row:
    """A row's columns but for some."""
    return {name: value for name, value in row.items() if name not in names}


class Downstream:
    """Four tables of other people's that hold request ids, each in its own way."""

    def __init__(self) -> None:
        self._today: dict[tuple[int, int], int] = {}
        """What each row should hold, by its institution and the id that was stored at first."""

    async def note(self, connection: Connection, hei_id: int, ids: Sequence[int]) -> None:
        """Stores the ids that are not stored yet."""
        fresh = [i for i in ids if (hei_id, i) not in self._today]
        self._today |= {(hei_id, i): i for i in fresh}
        for name, kind in (("small", "integer"), ("big", "bigint"), ("exact", "numeric"), ("words", "text")):
            await connection.execute(
                f"INSERT INTO downstream.{name} SELECT $1, id, id::{kind} FROM unnest($2::bigint[]) AS id",
                hei_id,
                fresh,
            )

    async def assert_follows(self, connection: Connection, states: Mapping[int, State], only: int) -> None:
        """R9: every registered column holds today's ids; ``only`` is the institution of the filtered one.

        A row follows the id that it holds, not the one that it held at first: if that one returned for
        another item, the row still means the item that it was rewritten for.
        """
        for (hei_id, first), held in self._today.items():
            if holder := states[hei_id].holder(held):
                self._today[hei_id, first] = holder.record.request_id
        for name in ("small", "big", "exact", "words"):
            rows = await connection.fetch(f"SELECT hei, first, id::bigint AS id FROM downstream.{name}")
            for row in rows:
                is_followed = name != "big" or row["hei"] == only
                expected = self._today[row["hei"], row["first"]] if is_followed else row["first"]
                assert row["id"] == expected, (name, tuple(row))
