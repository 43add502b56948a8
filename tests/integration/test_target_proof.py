"""Each run looks at the registered columns: what is out of date is rewritten, or told (R9)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import asyncpg
import pytest

from dcs_mirror.database.connections import UNREACHABLE, Connection, create_pool
from dcs_mirror.database.retry import RetryingPool
from dcs_mirror.downstream import targets
from dcs_mirror.reconcile.proof import Unproven, prove
from dcs_mirror.reconcile.registered_columns import MOST_ENDS, ColumnMemory
from dcs_mirror.reconcile.stored import reconcile_stored, rehearse
from dcs_mirror.store import patience, stale
from dcs_mirror.store.table_code import read_registered
from tests.support.readings import HEI, NEXT, START, apply_reading, item, reading
from tests.support.roles import entered_as, login_role

T = TypeVar("T")

OTHER = 210
NAME = "public.readings.request_id"
KEPT = "an id of an earlier year"

RETURN_NULL = """
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER keeps BEFORE UPDATE ON readings FOR EACH ROW EXECUTE FUNCTION keep()
"""
WRITE_BACK = """
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN new.request_id := old.request_id; RETURN new; END';
CREATE TRIGGER keeps BEFORE UPDATE ON readings FOR EACH ROW EXECUTE FUNCTION keep()
"""
INSERT_AGAIN = """
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO public.readings (request_id) VALUES (old.request_id); RETURN NULL; END';
CREATE TRIGGER keeps AFTER UPDATE ON readings FOR EACH ROW EXECUTE FUNCTION keep()
"""
INSERT_AT_THE_END = """
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO public.readings (request_id) VALUES (old.request_id); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER keeps AFTER UPDATE ON readings DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION keep()
"""
NOTHING_INSTEAD = "CREATE RULE keeps AS ON UPDATE TO readings DO INSTEAD NOTHING"
NOTICE_INSTEAD = "CREATE RULE keeps AS ON UPDATE TO readings DO INSTEAD SELECT 1"


@pytest.fixture
async def mirrored(connection: Connection) -> Connection:
    """A mirror of two items, and a registered table that holds their ids."""
    await apply_reading(connection, reading({"A": [item(10, 5), item(11)]}))
    await connection.execute("CREATE TABLE readings (n serial, request_id bigint)")
    await connection.execute("INSERT INTO readings (request_id) VALUES (10), (11), (999), (NULL)")
    await targets.add(connection, "readings", "request_id", now=START)
    return connection


@pytest.fixture
async def pool(database: str) -> AsyncIterator[RetryingPool]:
    """The sessions of a run."""
    async with create_pool(database) as opened:
        yield RetryingPool(opened)


async def june(connection: Connection) -> tuple[str, str]:
    """Roll the institution over; return its outcome and error."""
    what = reading({"A": [item(20, 10), item(21, 11)]}, year=NEXT, night=1)
    outcome = await apply_reading(connection, what)
    return outcome.outcome, outcome.error or ""


async def look(pool: RetryingPool, *hei_ids: int) -> Unproven:
    """Prove the columns as a run does; return what is wrong."""
    found = await prove(pool, list(hei_ids) or None, now=START)
    return {hei_id: columns for hei_id, columns in found.items() if columns}


async def ids(connection: Connection, table: str = "readings") -> list[str | None]:
    rows = await connection.fetch(f"SELECT request_id::text FROM {table} ORDER BY n")
    return [row[0] for row in rows]


async def versions(connection: Connection) -> list[asyncpg.Record]:
    """What a run that writes nothing leaves as it is."""
    return await connection.fetch(
        "SELECT ctid, xmin::text FROM readings"
        " UNION ALL SELECT ctid, xmin::text FROM dcs_mirror.target_report ORDER BY 1, 2"
    )


async def reported(connection: Connection) -> str:
    """The error that `targets list` shows."""
    (target,) = await targets.listed(connection)
    return str(target["error"] or "")


async def out_of_date(connection: Connection) -> object:
    """The number of rows that `targets list` shows as out of date."""
    (target,) = await targets.listed(connection)
    return target["out_of_date_rows"]


@pytest.mark.parametrize(
    "keeper",
    [RETURN_NULL, WRITE_BACK, INSERT_AGAIN, INSERT_AT_THE_END, NOTHING_INSTEAD, NOTICE_INSTEAD],
    ids=["return null", "write back", "insert again", "insert at the end", "nothing", "something else"],
)
async def test_r9_what_triggers_and_rules_keep_is_told_until_it_is_rewritten(
    mirrored: Connection, pool: RetryingPool, keeper: str
) -> None:
    await mirrored.execute(keeper)
    await targets.add(mirrored, "readings", "request_id", now=START)
    rehearsal = await rehearse(mirrored, HEI, now=START)
    assert [KEPT in str(column.error) for column in rehearsal.columns] == [True]
    outcome, error = await june(mirrored)
    assert (outcome, f"{NAME}: 2 rows hold {KEPT}" in error) == ("partial", True)
    assert KEPT in await reported(mirrored)
    assert KEPT in (await look(pool))[HEI][NAME]
    assert await out_of_date(mirrored) == await mirrored.fetchval(
        "SELECT count(*) FROM readings WHERE request_id IN (10, 11)"
    )
    if "RULE" in keeper:
        await mirrored.execute("DROP RULE keeps ON readings")
    else:
        await mirrored.execute("DROP TRIGGER keeps ON readings")
    assert await look(pool) == {}
    assert not {"10", "11"} & set(await ids(mirrored))
    assert (await reported(mirrored), await out_of_date(mirrored)) == ("", 0)


async def test_r9_rows_that_are_not_kept_are_rewritten(mirrored: Connection, pool: RetryingPool) -> None:
    await mirrored.execute(RETURN_NULL)
    await mirrored.execute("DROP TRIGGER keeps ON readings")
    await mirrored.execute(
        "CREATE TRIGGER keeps BEFORE UPDATE ON readings FOR EACH ROW WHEN (old.n = 1) EXECUTE FUNCTION keep()"
    )
    await targets.add(mirrored, "readings", "request_id", now=START)
    assert (await june(mirrored))[0] == "partial"
    assert await ids(mirrored) == ["10", "21", "999", None]
    assert f"1 row holds {KEPT}" in (await look(pool))[HEI][NAME]
    assert [column.rows for column in (await rehearse(mirrored, HEI, now=START)).columns] == [1]


async def test_r9_a_table_that_was_locked_in_june_is_rewritten_the_next_night(
    mirrored: Connection, pool: RetryingPool, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "FIRST_SECONDS", 1)
    other = await asyncpg.connect(database)
    await other.execute("BEGIN; LOCK TABLE readings IN SHARE ROW EXCLUSIVE MODE")
    assert (await june(mirrored))[0] == "partial"
    memory = ColumnMemory()
    assert "lock timeout" in (await prove(pool, None, now=START, memory=memory))[HEI][NAME]
    (column,) = await read_registered(mirrored)
    assert memory.patience.seconds(column) == patience.LATER_SECONDS  # no institution waits as long again
    told = await reported(mirrored)
    assert "lock timeout" in told
    assert f"locked by a program without a name of role postgres (pid {other.get_server_pid()}, " in told
    await other.execute("ROLLBACK")
    await other.close()
    assert await prove(pool, None, now=START, memory=memory) == {HEI: {}}
    assert await ids(mirrored) == ["20", "21", "999", None]
    assert await reported(mirrored) == ""


async def test_r9_sessions_that_had_ended_before_are_not_the_doing_of_a_column(
    mirrored: Connection, database: str
) -> None:
    """After a restart of the server, each session of the pool that is tried has ended."""
    ended = [await asyncpg.connect(database) for _ in range(MOST_ENDS)]
    for session in ended:
        await session.close()

    async def after_a_restart(work: Callable[[Connection], Awaitable[T]]) -> T:
        for session in ended:
            with pytest.raises(UNREACHABLE):
                await work(session)
        return await work(mirrored)

    assert await june(mirrored) == ("complete", "")
    assert await prove(after_a_restart, None, now=START, memory=ColumnMemory()) == {}


async def test_r9_a_row_that_was_being_inserted_in_june_is_rewritten_the_next_night(
    mirrored: Connection, pool: RetryingPool, database: str
) -> None:
    other = await asyncpg.connect(database)
    await other.execute("BEGIN; INSERT INTO readings (request_id) VALUES (10), (5)")
    assert await june(mirrored) == ("complete", "")
    await other.execute("COMMIT")
    await other.close()
    assert await out_of_date(mirrored) == 2
    assert await look(pool) == {}
    assert await ids(mirrored) == ["20", "21", "999", None, "20", "20"]


@pytest.mark.parametrize(
    ("filtered", "kind"),
    [
        *((True, kind) for kind in ("int4", "numeric", "varchar(20)", "an_id")),
        *((False, kind) for kind in ("int8", "numeric(12)", "text", "a_word")),
    ],
)
async def test_r9_a_column_of_any_kind_is_looked_at_in_its_own_type(
    mirrored: Connection, pool: RetryingPool, kind: str, filtered: bool
) -> None:
    await june(mirrored)
    await mirrored.execute("CREATE DOMAIN an_id AS bigint; CREATE DOMAIN a_word AS text")
    await mirrored.execute(f"CREATE TABLE shelf (n serial, hei numeric, request_id {kind})")
    await mirrored.execute(
        f"INSERT INTO shelf (hei, request_id) VALUES ({HEI}, 10), ({HEI}, 5), ({HEI}, NULL), (NULL, 21)"
    )
    if kind in ("text", "varchar(20)", "a_word"):
        await mirrored.execute(f"INSERT INTO shelf (hei, request_id) VALUES ({HEI}, 'no id'), ({HEI}, '')")
    rest = (await ids(mirrored, "shelf"))[2:]
    hei_column = "hei" if filtered else None
    await targets.add(mirrored, "shelf", "request_id", hei_column=hei_column, now=START)
    assert await look(pool) == {}
    assert await ids(mirrored, "shelf") == ["20", "20", *rest]


async def test_r9_every_partition_is_looked_at(mirrored: Connection, pool: RetryingPool) -> None:
    await june(mirrored)
    await mirrored.execute(
        "CREATE TABLE shelf (n serial, request_id bigint) PARTITION BY RANGE (request_id);"
        "CREATE TABLE low PARTITION OF shelf FOR VALUES FROM (0) TO (15);"
        "CREATE TABLE high PARTITION OF shelf FOR VALUES FROM (15) TO (99);"
        "INSERT INTO shelf (request_id) VALUES (10), (21), (11)"
    )
    await targets.add(mirrored, "shelf", "request_id", now=START)
    assert await look(pool) == {}
    assert await ids(mirrored, "shelf") == ["20", "21", "21"]


@pytest.mark.parametrize(
    ("setup", "reason"),
    [
        ("DROP TABLE readings", "does not exist"),
        ("ALTER TABLE readings RENAME request_id TO other", "does not exist"),
        ("REVOKE ALL ON readings FROM {role}", "permission denied"),
        ("ALTER TABLE readings ENABLE ROW LEVEL SECURITY", "row-level security"),
        ("ALTER ROLE {role} SET statement_timeout = '2s'; COMMIT; BEGIN; LOCK readings", "statement timeout"),
        ("LOCK readings", "lock timeout"),
    ],
)
async def test_r9_a_column_that_cannot_be_checked_is_told(
    mirrored: Connection, database: str, setup: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "FIRST_SECONDS", 4)
    async with login_role(mirrored, "dcs_test_prover") as role:
        await mirrored.execute(f"GRANT dcs_mirror_writer TO {role}; GRANT ALL ON readings TO {role}")
        other = await asyncpg.connect(database)
        await other.execute("BEGIN")
        await other.execute(setup.format(role=role))
        if "LOCK readings" not in setup:
            await other.execute("COMMIT")
        async with create_pool(entered_as(database, role)) as opened:
            found = await look(RetryingPool(opened))
        await other.close()
        assert list(found) == [HEI]
        assert "cannot be checked" in found[HEI][NAME]
        assert reason in found[HEI][NAME]
        assert reason in await mirrored.fetchval("SELECT error FROM dcs_mirror.target_report")


async def test_r9_a_column_that_is_unregistered_is_not_looked_at(
    mirrored: Connection, pool: RetryingPool
) -> None:
    await june(mirrored)
    await mirrored.execute("INSERT INTO readings (request_id) VALUES (10)")
    await targets.remove(mirrored, "readings", "request_id")
    assert await look(pool) == {}
    assert (await ids(mirrored))[-1] == "10"
    assert await stale.stale_rows(mirrored, 1) == []


async def test_r9_a_number_that_two_institutions_used_is_told_and_never_rewritten_to_and_fro(
    mirrored: Connection, pool: RetryingPool
) -> None:
    """Institution 209 goes from 10 to 20, 210 from 20 to 10, and another item from 12 to 30."""
    theirs = reading({"A": [item(20), item(12)]}, hei_id=OTHER)
    await apply_reading(mirrored, theirs)
    await mirrored.execute("INSERT INTO readings (request_id) VALUES (20), (12)")
    outcome, error = await june(mirrored)
    assert (outcome, "several institutions" in error) == ("complete", False)
    theirs = reading({"A": [item(10, 20), item(30, 12)]}, hei_id=OTHER, year=NEXT, night=1)
    assert "several institutions" in ((await apply_reading(mirrored, theirs)).error or "")
    assert await ids(mirrored) == ["20", "21", "999", None, "20", "30"]
    before = await ids(mirrored)
    told = await look(pool)
    state = await versions(mirrored)
    assert {hei_id: list(columns) for hei_id, columns in told.items()} == {OTHER: [NAME]}
    assert "2 rows hold an id that several institutions have had" in told[OTHER][NAME]
    assert await look(pool) == told
    assert (await ids(mirrored), await versions(mirrored)) == (before, state)
    await targets.add(mirrored, "readings", "request_id", hei_id=HEI, now=START)
    assert await look(pool) == {}
    assert await reported(mirrored) == ""


async def test_r9_an_id_that_is_current_again_is_not_out_of_date(
    mirrored: Connection, pool: RetryingPool
) -> None:
    """The institution's year goes back: 20 becomes 10 again."""
    await june(mirrored)
    await mirrored.execute("INSERT INTO readings (request_id) VALUES (20)")
    back = reading({"A": [item(10, 5), item(11)]}, night=2)
    await mirrored.execute(
        "UPDATE dcs_mirror.content_item SET request_id = request_id - 10;"
        "INSERT INTO dcs_mirror.request_id_history"
        " SELECT request_id + 10, hei_id, item_key, academic_year, changed_at, 'look-up'"
        " FROM dcs_mirror.content_item"
    )
    assert await out_of_date(mirrored) == 3
    assert await look(pool) == {}
    assert await ids(mirrored) == ["10", "11", "999", None, "10"]
    state = await versions(mirrored)
    assert (await apply_reading(mirrored, back, accept_year=True)).outcome == "complete"
    await reconcile_stored(mirrored, HEI, recheck_days=14, now=START)
    assert await look(pool) == {}
    assert await versions(mirrored) == state


async def test_r9_a_run_looks_only_at_its_own_institutions(mirrored: Connection, pool: RetryingPool) -> None:
    await apply_reading(mirrored, reading({"A": [item(50, 40)]}, hei_id=OTHER))
    await june(mirrored)
    await mirrored.execute("INSERT INTO readings (request_id) VALUES (10), (40)")
    assert await look(pool, OTHER) == {}
    assert (await ids(mirrored))[-2:] == ["10", "50"]
    assert await look(pool, HEI, OTHER) == {}
    assert (await ids(mirrored))[-2:] == ["20", "50"]


async def test_r9_a_look_that_finds_nothing_writes_nothing(mirrored: Connection, pool: RetryingPool) -> None:
    await june(mirrored)
    await look(pool)
    before = await versions(mirrored)
    assert await look(pool) == {}
    assert await versions(mirrored) == before
