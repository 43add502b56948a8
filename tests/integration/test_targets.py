"""Registered downstream columns: validated, rewritten with the mirror's own ids, reported (R9)."""

import pytest

from dcs_mirror.database.connections import Connection, connect
from dcs_mirror.downstream import targets
from dcs_mirror.errors import SettingsError
from dcs_mirror.reconcile.stored import reconcile_stored, rehearse
from dcs_mirror.store import column_rights
from tests.support.readings import HEI, NEXT, START, apply_reading, item, reading
from tests.support.roles import statements_in


@pytest.fixture
async def mirrored(connection: Connection) -> Connection:
    """A mirror of two items, 10 and 11, and the role that writes it."""
    await apply_reading(connection, reading({"A": [item(10, 5), item(11)]}))
    return connection


async def june(connection: Connection, *, night: int = 1) -> None:
    await apply_reading(connection, reading({"A": [item(20, 10), item(21, 11)]}, year=NEXT, night=night))


async def ids(connection: Connection, table: str, column: str = "request_id") -> list[str | None]:
    rows = await connection.fetch(f"SELECT {column}::text FROM {table} ORDER BY n")
    return [row[0] for row in rows]


@pytest.mark.parametrize("kind", ["int4", "int8", "numeric", "text", "varchar(20)", "numeric(12)"])
async def test_r9_a_column_of_any_kind_follows_the_rollover(mirrored: Connection, kind: str) -> None:
    await mirrored.execute(f"CREATE TABLE readings (n serial, request_id {kind})")
    await mirrored.execute("INSERT INTO readings (request_id) VALUES (10), (11), (5), (999), (NULL)")
    await targets.add(mirrored, "readings", "request_id", now=START)
    await june(mirrored)
    assert await ids(mirrored, "readings") == ["20", "21", "20", "999", None]


async def test_r9_only_rows_with_an_old_id_are_touched(mirrored: Connection) -> None:
    await mirrored.execute("CREATE TABLE readings (n serial, request_id bigint)")
    await mirrored.execute("INSERT INTO readings (request_id) VALUES (10), (999), (77)")
    await targets.add(mirrored, "readings", "request_id", now=START)
    before = await mirrored.fetch("SELECT n, xmin FROM readings WHERE request_id <> 10 ORDER BY n")
    await june(mirrored)
    assert await mirrored.fetch("SELECT n, xmin FROM readings WHERE request_id <> 20 ORDER BY n") == before
    after = await mirrored.fetch("SELECT n, xmin FROM readings ORDER BY n")
    await june(mirrored, night=2)
    assert await mirrored.fetch("SELECT n, xmin FROM readings ORDER BY n") == after


async def test_r9_names_that_need_quoting_and_partitioned_tables(mirrored: Connection) -> None:
    await mirrored.execute('CREATE SCHEMA "Leganto; --"')
    columns = '(n serial, "Request ID" bigint) PARTITION BY RANGE ("Request ID")'
    await mirrored.execute(f'CREATE TABLE "Leganto; --"."Ci""tation" {columns}')
    await mirrored.execute(
        'CREATE TABLE "Leganto; --".low PARTITION OF "Leganto; --"."Ci""tation" FOR VALUES FROM (0) TO (15)'
    )
    await mirrored.execute(
        'CREATE TABLE "Leganto; --".high PARTITION OF "Leganto; --"."Ci""tation" FOR VALUES FROM (15) TO (99)'
    )
    table = '"Leganto; --"."Ci""tation"'
    await mirrored.execute(f'INSERT INTO {table} ("Request ID") VALUES (10), (11)')
    await targets.add(mirrored, table, "Request ID", now=START)
    await june(mirrored)
    assert await ids(mirrored, table, '"Request ID"') == ["20", "21"]
    await targets.remove(mirrored, table, "Request ID")
    assert await targets.listed(mirrored) == []


async def test_r9_a_filter_leaves_other_institutions_rows_alone(mirrored: Connection) -> None:
    await mirrored.execute("CREATE TABLE shared (n serial, hei int, request_id bigint)")
    await mirrored.execute(f"INSERT INTO shared (hei, request_id) VALUES ({HEI}, 10), (7, 10)")
    await mirrored.execute("CREATE TABLE theirs (n serial, request_id bigint)")
    await mirrored.execute("INSERT INTO theirs (request_id) VALUES (10)")
    await targets.add(mirrored, "shared", "request_id", hei_column="hei", now=START)
    await targets.add(mirrored, "theirs", "request_id", hei_id=7, now=START)
    await june(mirrored)
    assert await ids(mirrored, "shared") == ["20", "10"]
    assert await ids(mirrored, "theirs") == ["10"]


@pytest.mark.parametrize(
    ("setup", "reason"),
    [
        ("DROP TABLE readings", "does not exist"),
        ("ALTER TABLE readings RENAME request_id TO other", "does not exist"),
        ("ALTER TABLE readings ADD CHECK (request_id < 15)", "check constraint"),
        (
            """
            ALTER TABLE readings ADD UNIQUE (request_id) DEFERRABLE INITIALLY DEFERRED;
            INSERT INTO readings (request_id) VALUES (20)
            """,
            "unique",
        ),
        (
            "ALTER TABLE readings ADD UNIQUE (request_id); INSERT INTO readings (request_id) VALUES (20)",
            "unique",
        ),
    ],
)
async def test_r9_a_column_that_fails_is_reported_and_holds_nothing_up(
    mirrored: Connection, setup: str, reason: str
) -> None:
    await mirrored.execute("CREATE TABLE readings (n serial, request_id bigint)")
    await mirrored.execute("CREATE TABLE others (n serial, request_id bigint)")
    await mirrored.execute("INSERT INTO readings (request_id) VALUES (10)")
    await mirrored.execute("INSERT INTO others (request_id) VALUES (10)")
    for table in ("readings", "others"):
        await targets.add(mirrored, table, "request_id", now=START)
    await mirrored.execute(setup)
    await june(mirrored)
    assert await mirrored.fetchval("SELECT dcs.current_request_id(10)") == 20
    assert await ids(mirrored, "others") == ["20"]
    report = {target["table_name"]: target for target in await targets.listed(mirrored)}
    assert reason in str(report["readings"]["error"])
    assert report["others"]["rewritten"] == 1
    assert report["others"]["error"] is None
    outcome = await mirrored.fetchrow(
        "SELECT outcome, error FROM dcs.sync_outcome ORDER BY run_id DESC LIMIT 1"
    )
    assert outcome is not None
    assert (outcome["outcome"], "public.readings.request_id" in outcome["error"]) == ("partial", True)


async def test_r9_reconciling_mends_what_failed_and_what_came_later(mirrored: Connection) -> None:
    await mirrored.execute("CREATE TABLE readings (n serial, request_id bigint CHECK (request_id < 15))")
    await mirrored.execute("INSERT INTO readings (request_id) VALUES (10)")
    await targets.add(mirrored, "readings", "request_id", now=START)
    await june(mirrored)
    await mirrored.execute("ALTER TABLE readings DROP CONSTRAINT readings_request_id_check")
    await mirrored.execute("INSERT INTO readings (request_id) VALUES (5), (11), (20)")
    settled = await reconcile_stored(mirrored, HEI, recheck_days=14, now=START)
    assert [(c.column, c.rows, c.error) for c in settled.columns] == [("public.readings.request_id", 3, None)]
    assert await ids(mirrored, "readings") == ["20", "20", "21", "20"]
    versions = await mirrored.fetch("SELECT n, xmin FROM readings ORDER BY n")
    again = await reconcile_stored(mirrored, HEI, recheck_days=14, now=START)
    assert [c.rows for c in again.columns] == [0]
    assert await mirrored.fetch("SELECT n, xmin FROM readings ORDER BY n") == versions


async def test_r9_ids_that_the_mirror_never_saw_are_counted_and_named(mirrored: Connection) -> None:
    await mirrored.execute("CREATE TABLE readings (n serial, request_id text)")
    await mirrored.execute(
        "INSERT INTO readings (request_id) VALUES ('10'), ('777'), ('777'), ('no id'), (NULL)"
    )
    await targets.add(mirrored, "readings", "request_id", now=START)
    (target,) = await targets.listed(mirrored)
    assert (target["unknown_rows"], target["unknown_examples"]) == (2, ["777"])


@pytest.mark.parametrize(
    ("table", "column", "message"),
    [
        ("nowhere", "request_id", "no table nowhere"),
        ("a.b.c", "request_id", "contains a database name"),
        ('"unclosed', "request_id", "not a valid table name"),
        ("shelf", "nothing", "no column"),
        ("shelf", "added", "type date"),
        ("seen", "request_id", "is not a table"),
    ],
)
async def test_r9_what_cannot_hold_request_ids_is_refused(
    mirrored: Connection, table: str, column: str, message: str
) -> None:
    await mirrored.execute("CREATE TABLE shelf (request_id bigint, added date)")
    await mirrored.execute("CREATE VIEW seen AS SELECT * FROM shelf")
    with pytest.raises(SettingsError, match=message):
        await targets.add(mirrored, table, column, now=START)
    assert await targets.listed(mirrored) == []


async def test_r9_a_table_that_may_not_be_written_is_refused_with_its_grants(
    mirrored: Connection,
) -> None:
    """The statements can be run as they are, whatever the names, and grant all that is needed."""
    await mirrored.execute(
        """
        CREATE SCHEMA "Law lists";
        CREATE TABLE "Law lists"."My shelf" (n serial, "HEI" int, "Request Id" bigint);
        CREATE ROLE "dcs-Test@mirror";
        GRANT USAGE ON SCHEMA dcs_mirror, dcs TO "dcs-Test@mirror";
        GRANT SELECT ON ALL TABLES IN SCHEMA dcs_mirror TO "dcs-Test@mirror";
        GRANT INSERT ON dcs_mirror.target TO "dcs-Test@mirror";
        SET ROLE "dcs-Test@mirror";
        """
    )
    table = ('"Law lists"."My shelf"', "Request Id")
    try:
        with pytest.raises(SettingsError, match="GRANT USAGE") as refused:
            await targets.add(mirrored, *table, hei_column="HEI", now=START)
        await mirrored.execute(f"RESET ROLE; {statements_in(str(refused.value))}")
        await mirrored.execute('SET ROLE "dcs-Test@mirror"')
        assert await column_rights.lacking(mirrored, "Law lists", "My shelf", "Request Id", "HEI") == []
        with pytest.raises(SettingsError, match="needs double quotes"):
            await targets.add(mirrored, "Law lists.My shelf", "Request Id", now=START)
    finally:
        await mirrored.execute('RESET ROLE; DROP OWNED BY "dcs-Test@mirror"; DROP ROLE "dcs-Test@mirror"')


async def test_r9_row_security_never_hides_rows_from_the_rewriting(
    mirrored: Connection, database: str
) -> None:
    await mirrored.execute("CREATE TABLE readings (n serial, hidden boolean, request_id bigint)")
    await mirrored.execute("INSERT INTO readings (hidden, request_id) VALUES (false, 10), (true, 10)")
    await targets.add(mirrored, "readings", "request_id", now=START)
    await mirrored.execute(
        "CREATE ROLE dcs_test_mirror LOGIN; CREATE POLICY visible ON readings USING (NOT hidden)"
    )
    try:
        await mirrored.execute(
            "ALTER TABLE readings ENABLE ROW LEVEL SECURITY;"
            "GRANT ALL ON ALL TABLES IN SCHEMA dcs_mirror, public TO dcs_test_mirror;"
            "GRANT USAGE ON SCHEMA dcs_mirror, dcs TO dcs_test_mirror;"
            "GRANT ALL ON ALL SEQUENCES IN SCHEMA dcs_mirror TO dcs_test_mirror;"
        )
        async with connect(database) as mirror:
            await mirror.execute("SET ROLE dcs_test_mirror")
            for forced, todo in (
                ("NO FORCE", "BYPASSRLS`, or `ALTER TABLE "),
                ("FORCE", "BYPASSRLS`, because"),
            ):
                await mirrored.execute(f"ALTER TABLE readings {forced} ROW LEVEL SECURITY")
                with pytest.raises(SettingsError, match=todo):
                    await targets.add(mirror, "readings", "request_id", now=START)
            await mirrored.execute("ALTER TABLE readings NO FORCE ROW LEVEL SECURITY")
            what = reading({"A": [item(20, 10), item(21, 11)]}, year=NEXT, night=1)
            assert "row-level security" in ((await apply_reading(mirror, what)).error or "")
        assert await ids(mirrored, "readings") == ["10", "10"]
        await reconcile_stored(mirrored, HEI, recheck_days=14, now=START)
        assert await ids(mirrored, "readings") == ["20", "20"]
    finally:
        await mirrored.execute("DROP OWNED BY dcs_test_mirror; DROP ROLE dcs_test_mirror")


async def test_r9_what_is_not_registered_cannot_be_removed(mirrored: Connection) -> None:
    with pytest.raises(SettingsError, match="not registered"):
        await targets.remove(mirrored, "readings", "request_id")


async def test_r9_a_rehearsal_tells_what_june_would_do_and_changes_nothing(mirrored: Connection) -> None:
    await mirrored.execute("CREATE TABLE readings (n serial, request_id bigint)")
    await mirrored.execute("INSERT INTO readings (request_id) VALUES (10), (5), (11), (999)")
    await mirrored.execute("CREATE TABLE small (n serial, request_id bigint CHECK (request_id < 12))")
    await mirrored.execute("INSERT INTO small (request_id) VALUES (10)")
    for table in ("readings", "small"):
        await targets.add(mirrored, table, "request_id", now=START)
    rehearsal = await rehearse(mirrored, HEI, now=START)
    assert rehearsal.content_items == 2
    readings, small = rehearsal.columns
    assert (readings.rows, readings.error) == (3, None)
    assert (small.rows, "check constraint" in str(small.error)) == (0, True)
    assert await ids(mirrored, "readings") == ["10", "5", "11", "999"]
    assert await mirrored.fetchval(
        "SELECT array_agg(request_id ORDER BY request_id) FROM dcs.content_item"
    ) == [
        10,
        11,
    ]
    assert await mirrored.fetchval("SELECT count(*) FROM dcs_mirror.target_report") == 0
