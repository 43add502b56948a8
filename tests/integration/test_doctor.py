"""`dcs-mirror doctor` on mirrors that are well, and on ones that are not."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from tests.support.command import CommandLine, command_line
from tests.support.control import control
from tests.support.faulty import Fault, faulty
from tests.support.roles import entered_as, login_role

UPSTREAM = {"credentials", "GetInstitutions", "GetCourses", "GetCourseContent", "clock"}
STORED = {
    "dcs_reader",
    "dcs_mirror_writer",
    "dcs_requester",
    "dcs_web",
    "privileges",
    "search",
    "registered columns",
    "look-ups",
    "submitted requests",
    "outcomes",
    "quarantine",
    "freshness",
    "runs",
    "workers",
}
DATABASE = {"database", "schema"}
EVERYTHING = {"settings"} | UPSTREAM | DATABASE | STORED

Found = dict[str, dict[str, Any]]


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(build_world(Sizes(institutions=2, courses=6, items=4), seed=3)) as running:
        yield running


@pytest.fixture
def dcs_mirror(tmp_path: Path, sandbox: RunningSandbox, database: str) -> CommandLine:
    return command_line(tmp_path, sandbox, database)


async def examined(dcs_mirror: CommandLine, code: int, *, also: frozenset[str] = frozenset()) -> Found:
    """The worst finding of each check; every check is told of, whatever happens."""
    finished = await dcs_mirror("doctor", "--json")
    assert finished.code == code, finished
    told = finished.json
    assert (told["outcome"] == "problem") == (code == 1)
    order = ["problem", "warning", "unchecked", "ok"]
    found: Found = {}
    for finding in sorted(told["findings"], key=lambda f: order.index(f["level"])):
        assert set(finding) == {"check", "level", "found", "todo"}
        assert (finding["todo"] is None) == (finding["level"] in {"ok", "unchecked"})
        found.setdefault(finding["check"], finding)
    assert set(found) == EVERYTHING | also
    return found


def at(found: Found, level: str) -> set[str]:
    return {check for check, finding in found.items() if finding["level"] == level}


async def everything_stored(connection: Connection) -> list[str]:
    """Every row of every table and how far every sequence is: a trace of any write."""
    names = await connection.fetch(
        "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'S')"
        " AND relnamespace = 'dcs_mirror'::regnamespace ORDER BY 1"
    )
    return [
        str(await connection.fetch(f"SELECT ROW(t.*)::text FROM {name} AS t ORDER BY 1")) for (name,) in names
    ]


async def test_a_mirror_that_is_well_is_ok_everywhere_and_left_alone(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, connection: Connection
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    before = await everything_stored(connection)
    await control(sandbox, "stats/reset")
    found = await examined(dcs_mirror, 0)
    assert at(found, "ok") == EVERYTHING
    assert "PostgreSQL " in found["database"]["found"]
    assert (await control(sandbox, "stats"))["methods"].keys() == {
        "GetInstitutions",
        "GetCourses",
        "GetCourseContent",
    }
    assert (await control(sandbox, "stats"))["total"] == 3
    assert await everything_stored(connection) == before
    table = await dcs_mirror("doctor")
    assert table.code == 0
    assert all(check in table.out for check in EVERYTHING)


async def test_a_setting_that_cannot_be_right_is_a_finding(dcs_mirror: CommandLine) -> None:
    found = await examined(dcs_mirror.but(DCS_RATE="-1"), 1)
    assert at(found, "problem") == {"settings"}
    assert "DCS_RATE" in found["settings"]["found"]
    assert at(found, "unchecked") == EVERYTHING - {"settings"}


async def test_missing_credentials_leave_the_database_to_be_checked(
    dcs_mirror: CommandLine, sandbox: RunningSandbox
) -> None:
    found = await examined(dcs_mirror.but(DCS_API_USERNAME=None, DCS_API_PASSWORD=None), 1)
    assert at(found, "problem") == {"credentials"}
    assert at(found, "unchecked") == UPSTREAM - {"credentials"}
    assert found["schema"]["level"] == "ok"
    assert (await control(sandbox, "stats"))["total"] == 0


async def test_w3_refused_credentials_are_tried_once(
    dcs_mirror: CommandLine, sandbox: RunningSandbox
) -> None:
    found = await examined(dcs_mirror.but(DCS_API_PASSWORD="wrong"), 1)
    assert at(found, "problem") == {"credentials"}
    assert at(found, "unchecked") == UPSTREAM - {"credentials"}
    assert (await control(sandbox, "stats"))["total"] == 1


async def test_an_upstream_that_cannot_be_reached_is_a_problem_of_each_method(
    dcs_mirror: CommandLine,
) -> None:
    found = await examined(dcs_mirror.but(DCS_API_URL="http://127.0.0.1:9/v3"), 1)
    assert at(found, "problem") == {"GetInstitutions", "GetCourses", "GetCourseContent"}
    assert at(found, "unchecked") == {"credentials", "clock"}


async def test_an_answer_that_knows_no_such_institution_reaches_the_method(
    dcs_mirror: CommandLine, sandbox: RunningSandbox
) -> None:
    for institution in (await control(sandbox, "state"))["institutions"]:
        await control(sandbox, "unsubscribe", hei=institution["id"])
    found = await examined(dcs_mirror, 0)
    assert {found[check]["level"] for check in ("credentials", "GetCourses", "GetCourseContent")} == {"ok"}
    assert found["GetInstitutions"]["level"] == "warning"


async def test_one_method_that_fails_and_a_clock_that_is_off_are_told_apart(
    dcs_mirror: CommandLine, sandbox: RunningSandbox
) -> None:
    async with faulty(sandbox) as front:
        front.faults = [
            Fault("GetCourses?", status=404, body=b"<html>no such page</html>"),
            Fault("GetCourseContent", status=404, headers={"Date": "Fri, 01 Jan 2100 00:00:00 GMT"}),
        ]
        found = await examined(dcs_mirror.but(DCS_API_URL=front.base_url), 1)
    assert at(found, "problem") == {"GetCourses", "GetCourseContent"}
    assert "behind" in found["clock"]["found"]


async def test_an_unreachable_database_is_named_without_its_password(dcs_mirror: CommandLine) -> None:
    broken = dcs_mirror.but(DCS_DATABASE_URL="postgresql://mirror:s3cret@127.0.0.1:9/dcs")
    found = await examined(broken, 1)
    assert at(found, "problem") == {"database"}
    assert at(found, "unchecked") == {"schema"} | STORED
    assert "s3cret" not in (await broken("doctor")).out


async def test_an_empty_database_stays_empty(
    dcs_mirror: CommandLine, empty_database: str, connection: Connection
) -> None:
    found = await examined(dcs_mirror.but(DCS_DATABASE_URL=empty_database), 0)
    assert found["schema"]["level"] == "warning"
    assert at(found, "unchecked") == STORED
    assert (await examined(dcs_mirror.but(DCS_DATABASE_URL=empty_database), 0)) == found


async def test_a_newer_schema_is_a_problem(dcs_mirror: CommandLine, connection: Connection) -> None:
    await connection.execute("UPDATE dcs_mirror.alembic_version SET version_num = '9999'")
    found = await examined(dcs_mirror, 1)
    assert at(found, "problem") == {"schema"}
    assert at(found, "unchecked") == STORED


async def test_a_view_that_somebody_dropped_is_a_problem_that_a_migration_mends(
    dcs_mirror: CommandLine, connection: Connection
) -> None:
    await connection.execute("DROP VIEW dcs.institution CASCADE")
    schema = (await examined(dcs_mirror, 1))["schema"]
    assert (schema["level"], "dcs.institution" in schema["found"]) == ("problem", True)
    assert schema["todo"].startswith("run `dcs-mirror migrate`")
    assert (await dcs_mirror("migrate")).code == 0
    assert (await examined(dcs_mirror, 0))["schema"]["level"] == "ok"


async def test_no_embedded_server_is_set_up_to_look_at_it(dcs_mirror: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    found = await examined(dcs_mirror.but(DCS_DATABASE_URL=None, DCS_DATA_DIR=str(folder)), 0)
    assert found["database"]["level"] == "warning"
    assert not folder.exists()


async def test_the_account_that_syncs_may_sync_and_the_reader_may_not(
    dcs_mirror: CommandLine, database: str, connection: Connection
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    async with login_role(connection, "dcs_sync") as role:
        as_role = dcs_mirror.but(DCS_DATABASE_URL=entered_as(database, role))
        found = await examined(as_role, 1)
        assert at(found, "problem") == {"schema"}
        assert f"GRANT dcs_mirror_writer TO {role}" in found["schema"]["todo"]
        await connection.execute(f"GRANT USAGE ON SCHEMA dcs_mirror TO {role}")
        await connection.execute(f"GRANT SELECT ON dcs_mirror.alembic_version TO {role}")
        found = await examined(as_role, 1)
        assert at(found, "problem") == {"privileges"}
        assert at(found, "unchecked") == STORED - {
            "dcs_reader",
            "dcs_requester",
            "dcs_web",
            "dcs_mirror_writer",
            "privileges",
        }
        await connection.execute(f"GRANT dcs_mirror_writer TO {role}")
        found = await examined(as_role, 0)
        assert at(found, "ok") == EVERYTHING
        assert "neither migrate nor purge" in found["privileges"]["found"]
        await connection.execute("REVOKE INSERT ON dcs_mirror.change FROM dcs_mirror_writer")
        found = await examined(as_role, 1)
        assert "INSERT on dcs_mirror.change" in found["privileges"]["found"]


async def test_grants_that_were_taken_away_are_a_problem(
    dcs_mirror: CommandLine, connection: Connection
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    await connection.execute("REVOKE ALL ON dcs.course FROM dcs_reader")
    found = await examined(dcs_mirror, 1)
    assert at(found, "problem") == {"dcs_reader"}
    assert "SELECT on dcs.course" in found["dcs_reader"]["found"]


async def test_what_waits_for_the_operator_is_told(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, connection: Connection
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    hei, other = [i["id"] for i in (await control(sandbox, "state"))["institutions"]]
    run_id = await connection.fetchval(
        "INSERT INTO dcs_mirror.sync_run (kind, started_at) VALUES ('sync', now() - interval '1 day')"
        " RETURNING run_id"
    )
    await connection.execute(
        "INSERT INTO dcs_mirror.sync_outcome (run_id, hei_id, outcome, error, recorded_at) VALUES"
        " ($1, $2, 'held', 'C3: 40 of 50 rows', now()), ($1, $3, 'failed', 'HTTP 500', now()),"
        " ($1, 999, 'failed', 'never landed', now())",
        run_id,
        hei,
        other,
    )
    await connection.execute(
        "UPDATE dcs_mirror.content_item SET academic_year = '2001-2002'"
        " WHERE item_key = (SELECT min(item_key) FROM dcs_mirror.content_item)"
    )
    finished = await dcs_mirror("doctor", "--json")
    assert finished.code == 1
    outcomes = [f for f in finished.json["findings"] if f["check"] == "outcomes"]
    assert [f["level"] for f in sorted(outcomes, key=lambda f: str(f["level"]))] == [
        "problem",
        "warning",
        "warning",
    ]
    found = await examined(dcs_mirror, 1)
    assert f"--hei {hei} --accept-removals" in found["outcomes"]["todo"]
    assert "1 item with" in found["look-ups"]["found"]
    assert str(run_id) in found["runs"]["found"]
    assert at(found, "problem") == {"outcomes", "freshness"}, "what never landed is not fresh"
    found = await examined(dcs_mirror.but(DCS_NOW="2100-01-01"), 1)
    assert found["settings"]["level"] == "warning"
    assert "3 of 3" in found["freshness"]["found"]


async def test_r9_registered_columns_are_seen_as_the_role_that_syncs_sees_them(
    dcs_mirror: CommandLine, database: str, connection: Connection
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    for table in ("well", "closed", "hidden", "gone"):
        await connection.execute(f"CREATE TABLE {table} (hei integer, request_id bigint)")
        assert (await dcs_mirror("targets", "add", table, "request_id", "--hei-column", "hei")).code == 0
    async with login_role(connection, "dcs_sync") as role:
        await connection.execute(
            f"GRANT dcs_mirror_writer TO {role}; GRANT SELECT, UPDATE ON well, hidden TO {role};"
            "ALTER TABLE hidden ENABLE ROW LEVEL SECURITY; DROP TABLE gone;"
        )
        finished = await dcs_mirror.but(DCS_DATABASE_URL=entered_as(database, role))("doctor", "--json")
    assert finished.code == 1
    columns = {
        f["found"].split(" ")[0]: f["level"]
        for f in finished.json["findings"]
        if f["check"] == "registered columns"
    }
    assert columns == {
        "public.well.request_id": "ok",
        "public.closed.request_id": "problem",
        "public.hidden.request_id": "problem",
        "public.gone.request_id": "problem",
    }


SOURCES = frozenset({"aXcelerate", "students database"})


async def test_sources_of_student_numbers_are_asked_where_they_are_set(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, database: str
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    with_sources = dcs_mirror.but(
        AXCELERATE_URL=sandbox.axcelerate_url,
        AXCELERATE_API_TOKEN="sandbox",
        AXCELERATE_WS_TOKEN="sandbox",
        DCS_STUDENTS_DATABASE_URL=database,
    )
    await control(sandbox, "stats/reset")
    found = await examined(with_sources, 0, also=SOURCES)
    assert at(found, "ok") == EVERYTHING | SOURCES
    assert found["students database"]["found"] == "postgresql answers"
    assert (await control(sandbox, "stats"))["methods"]["enrolments"] == 1
    (tmp := dcs_mirror.folder / "srs.db").touch()
    on_sqlite = dcs_mirror.but(DCS_STUDENTS_DATABASE_URL=f"sqlite:///{tmp}")
    found = await examined(on_sqlite, 0, also=frozenset({"students database"}))
    assert found["students database"]["found"] == "sqlite answers"
    assert tmp.read_bytes() == b""


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"AXCELERATE_SUBDOMAIN": "college"}, "no aXcelerate tokens: set AXCELERATE_API_TOKEN"),
        (
            {"AXCELERATE_SUBDOMAIN": "college", "AXCELERATE_API_TOKEN": "Zebra7"},
            "no aXcelerate tokens: set AXCELERATE_API_TOKEN and AXCELERATE_WS_TOKEN",
        ),
        ({"AXCELERATE_WS_TOKEN": "Zebra7"}, "no address of aXcelerate: set AXCELERATE_SUBDOMAIN"),
        ({"AXCELERATE_RATE": "Zebra7"}, "AXCELERATE_RATE"),
        (
            {
                "AXCELERATE_URL": "http://127.0.0.1:9",
                "AXCELERATE_API_TOKEN": "Zebra7",
                "AXCELERATE_WS_TOKEN": "Zebra7",
            },
            "http://127.0.0.1:9 cannot be reached",
        ),
        ({"DCS_STUDENTS_DATABASE_URL": "Zebra7"}, "is not a database URL"),
        ({"DCS_STUDENTS_DATABASE_URL": "mysql+pymysql://u:Zebra7@h/d"}, "the driver of mysql+pymysql"),
        ({"DCS_STUDENTS_DATABASE_URL": "postgresql://u:Zebra7@127.0.0.1:9/d"}, "cannot be queried: "),
    ],
)
async def test_a_source_that_is_half_set_or_does_not_answer_is_a_problem_without_its_secret(
    dcs_mirror: CommandLine, settings: dict[str, str], words: str
) -> None:
    check = "students database" if "DCS_STUDENTS_DATABASE_URL" in settings else "aXcelerate"
    found = await examined(dcs_mirror.but(**settings), 1, also=frozenset({check}))
    assert at(found, "problem") == {check}
    assert words in found[check]["found"]
    assert "Zebra7" not in str(found)


async def test_refused_tokens_are_tried_once_also_where_the_mirrors_own_settings_are_wrong(
    dcs_mirror: CommandLine, sandbox: RunningSandbox
) -> None:
    refused = dcs_mirror.but(
        AXCELERATE_URL=sandbox.axcelerate_url, AXCELERATE_API_TOKEN="Zebra7", AXCELERATE_WS_TOKEN="Zebra7"
    )
    found = await examined(refused.but(DCS_RATE="-1"), 1, also=frozenset({"aXcelerate"}))
    assert at(found, "problem") == {"settings", "aXcelerate"}
    assert "check both tokens" in found["aXcelerate"]["todo"]
    assert "Zebra7" not in str(found)
    assert (await control(sandbox, "stats"))["total"] == 1
