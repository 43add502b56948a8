"""Before a course is archived or deleted, a dry run shows what goes with it (A3)."""

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sandbox.edits import ItemChanges, add_item, edit_item
from dcs_mirror.sandbox.model import Course, Institution
from dcs_mirror.sandbox.years import roll_over
from tests.support.command import CommandLine
from tests.support.writing import written


async def test_a3_a_dry_run_shows_the_items_the_links_and_the_registered_rows_that_go_with_a_course(
    dcs_mirror: CommandLine,
    sandbox: RunningSandbox,
    institution: Institution,
    course: Course,
    hei: str,
    connection: Connection,
) -> None:
    shut = ItemChanges(content_status="Pending")
    (opened,) = course.items
    add_item(sandbox.world, institution, sandbox.world.dice, course, shut)
    edit_item(sandbox.world, opened, ItemChanges(content_status="Active"))
    assert (await dcs_mirror("sync")).code == 0
    last_year = opened.request_id
    roll_over(sandbox.world, institution)
    assert (await dcs_mirror("sync")).code == 0
    ids = sorted(item.request_id for item in course.items)
    await connection.execute(
        "CREATE TABLE reading_list (hei integer, request_id text, old_id numeric, hidden bigint)"
    )
    for column in (("request_id", "--hei-column", "hei"), ("old_id", "--hei", hei), ("hidden",)):
        assert (await dcs_mirror("targets", "add", "public.reading_list", *column)).code == 0
    insert = "INSERT INTO reading_list SELECT $1, $2, $3::bigint FROM generate_series(1, $4)"
    await connection.execute(insert, int(hei), str(ids[0]), last_year, 3)
    await connection.execute(insert, 1, str(ids[0]), 7, 2)
    await connection.execute("ALTER TABLE reading_list DROP COLUMN hidden")

    calls = sandbox.stats.methods.total()
    amend = ("amend-course", hei, course.code, "--students", "4", "--dry-run", "--status")
    for status in ("Deleted", "Archived"):
        closes = (await dcs_mirror(*amend, status, "--json")).json["closes"]
        assert (closes["status"], closes["request_ids"], closes["open_request_ids"]) == (
            status,
            ids,
            [opened.request_id],
        )
        assert closes["mirrored_at"].startswith("2026-03-02T10:2")
        text, number, gone = closes["registered"]
        assert (text["column"], text["rows"], text["request_ids"]) == (
            "public.reading_list.request_id",
            3,
            ids[:1],
        )
        assert (number["rows"], number["request_ids"]) == (3, [last_year])
        assert (gone["rows"], "column t.hidden does not exist" in gone["error"]) == (None, True)
    shown = await dcs_mirror(*amend, "Deleted")
    assert shown.code == 0
    assert "Deleted is permanent" in shown.out
    assert f"2 items ({ids[0]}, {ids[1]}); 1 open link ({opened.request_id})" in shown.out
    assert f"registered column public.reading_list.old_id: 3 rows ({last_year})" in shown.out
    assert "Archived hides" in (await dcs_mirror(*amend, "Archived")).out
    assert "closes" not in (await dcs_mirror(*amend[:-1], "--json")).json
    assert sandbox.stats.methods.total() == calls + 5
    assert (written(sandbox), course.status) == (0, "Active")


async def test_a3_of_a_course_that_is_not_mirrored_a_dry_run_says_so(
    dcs_mirror: CommandLine, course: Course, hei: str
) -> None:
    amend = ("amend-course", hei, course.code, "--students", "4", "--dry-run", "--status", "Deleted")
    shown = await dcs_mirror(*amend)
    assert (shown.code, "The mirror does not hold this course" in shown.out) == (0, True)
    assert (await dcs_mirror(*amend, "--json")).json["closes"]["mirrored_at"] is None
