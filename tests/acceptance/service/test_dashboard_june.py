"""June in the dashboard: who has rolled over, what would block it, and the rows behind each number."""

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox
from tests.acceptance.service.test_dashboard import Visitor, _visitor_session
from tests.support.command import command_line
from tests.support.control import control, misbehave
from tests.support.numbers import FURTHER, HELD, numbers_of, rows_of, wrong_numbers
from tests.support.running import sync
from tests.support.serving import account, mirrored, serving

MAY, JUNE, LATER, LAST = (
    datetime(2026, month, day, 2, tzinfo=UTC) for month, day in ((5, 20), (6, 12), (6, 13), (6, 14))
)
PAGES = ("/june/", "/institutions/", "/items?hei=", "/august?hei=")


async def _two_nights_of_june(
    sandbox: RunningSandbox, database: str, hei_id: int, dropped: list[int]
) -> None:
    """A rollover of which one course is read the night after, and a night with changes of other kinds."""
    await control(sandbox, "rollover", hei=hei_id, without_previous_id=0.2, drop_items=dropped)
    unread, read, *_ = sandbox.world.institutions[hei_id].courses.values()
    claimed = next(item.previous_year_id for item in read.items if item.previous_year_id)
    new: dict[str, Any] = {"hei": hei_id, "kind": "item", "course_id": read.id}
    await control(sandbox, "add", **new)
    claims = await control(sandbox, "add", **new, set={"previous-year-id": claimed})
    fails = {"kind": "status", "status": 500, "method": "GetCourseContent"}
    await misbehave(sandbox, {**fails, "query": {"hei": hei_id, "code": unread.code}})
    assert (await sync(sandbox, database, now=JUNE)).exit_code == 1
    await misbehave(sandbox)
    assert (await sync(sandbox, database, now=LATER)).exit_code == 0
    await control(sandbox, "random-edits", hei=hei_id, count=20, seed=18)
    request_id = claims["request_id"]
    await control(sandbox, "edit", hei=hei_id, request_id=request_id, set={"previous-year-id": None})
    await sync(sandbox, database, now=LAST)


async def test_r10_every_number_leads_to_its_rows(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    async with mirrored(database, institutions=2, courses=6, items=6, seed=18) as sandbox:
        first, second = sorted(sandbox.world.institutions)
        assert (await sync(sandbox, database, now=MAY)).exit_code == 0
        listed = await connection.fetch(
            "SELECT request_id FROM dcs.content_item WHERE hei_id = $1 AND content_status = 'Active'"
            " AND removed_at IS NULL ORDER BY item_key LIMIT 2",
            first,
        )
        dropped = [row["request_id"] for row in listed]
        await _two_nights_of_june(sandbox, database, first, dropped)
        june = await connection.fetchrow("SELECT * FROM dcs.rollover")
        assert june is not None
        assert june["not_carried_over"] > len(dropped)
        assert june["new"] > june["conflicts"] > 0
        late = "SELECT count(*) FROM dcs.change WHERE observed_at >= $1 AND kind = 'renumbered'"
        assert await connection.fetchval(late, LATER) > 0
        dcs_mirror = command_line(tmp_path, sandbox, database)
        readiness = (await dcs_mirror("readiness", "--hei", str(first), "--all", "--json")).json
        await connection.execute(FURTHER.format(hei_id=first))
        await connection.execute(HELD.format(hei_id=second))
        async with serving(dcs_mirror) as service, _visitor_session() as session:
            visitor = Visitor(service, session)
            await visitor.sign_in(await account(dcs_mirror, "one", "--hei", str(first)))

            async def get(path: str) -> str:
                status, text, _ = await visitor.get(path)
                assert status == 200, (path, text)
                return text

            assert "items-sort=institution" not in await get("/items?status=Active")
            await _each_figure_leads_to_its_items(get, first, dict(june), {str(number) for number in dropped})
            assert sandbox.world.institutions[second].name not in await get("/june")
            told = rows_of(await get(f"/june/{first}?download=june_students"))
            assert {row["course_code"] for row in told} <= {each["course_code"] for each in readiness}
            assert {row["verdict"] for row in told} == {"not known: no number was sent from here"}
            run = f"/institutions/{second}/runs/9001"
            for path in (f"/june/{second}", "/june/x", "/june/99999999999", run):
                assert (await visitor.get(path))[0] == 404
            seen = 0
            for path in ("/", "/june", *(f"{page}{first}" for page in PAGES)):
                page = await get(path)
                assert numbers_of(page), path
                assert await wrong_numbers(page, get) == {}, path
                seen += len(numbers_of(page))
            assert seen > 60
            await _every_table_is_a_file(get, first, connection)
            async with _visitor_session() as everything:
                visitor = Visitor(service, everything)
                await visitor.sign_in((service.account, service.secret))
                page = await get("/june")
                assert "not seen yet" in page
                assert "1 of 2 institutions is in 2026-2027; 1 in 2025-2026." in page
                assert "items-sort=institution" not in await get(f"/items?hei={first}")
                # A page that a table has not any more does not make it look empty.
                assert re.search(
                    r"seen no June of this institution yet; it is in 2025-2026\.\s+\d+ courses may block",
                    await get(f"/june/{second}?june_students-page=99"),
                )
                # A refresh of a course does not hide why the institution is held.
                page = await get(f"/institutions/{second}")
                assert "The last reading is held back: C3: 9 of 10" in page
                page = await get("/operations")
                assert f"dcs-mirror sync --hei {second} --accept-removals" in page
                assert await wrong_numbers(await get("/"), get) == {}


async def _every_table_is_a_file(
    get: Callable[[str], Awaitable[str]], hei_id: int, connection: Connection
) -> None:
    """Whatever table a page shows can be taken as CSV, with at least the rows of the page."""
    key = await connection.fetchval("SELECT min(item_key) FROM dcs.recheck_flag WHERE hei_id = $1", hei_id)
    run, found = f"/institutions/{hei_id}/runs/1", set()
    pages = ("/", "/june", *(f"{page}{hei_id}" for page in PAGES))
    for path in (*pages, f"/items/{key}", "/operations?run=1", run):
        _, *tables = (await get(path)).split('<div class="table" id="')
        for part in tables:
            name, shown = part.partition('"')[0], part.partition("<tbody>")[2].count("<tr>")
            if shown:
                (address,) = re.findall(r'<p class="download"><a href="([^"]+)"', part)
                rows = rows_of(await get(unescape(address)))
                assert len(rows) >= shown, (path, name)
                # No row has more or fewer cells than there are headings.
                assert all(None not in {*row, *row.values()} for row in rows), (path, name)
                found.add(name)
    assert found == {
        "institutions", "june", "june_students", "june_columns", "june_items", "over_time", "licences",
        "rollovers", "runs", "courses", "items", "flags", "item_changes", "item_flags", "item_ids",
        "all_runs", "run_institutions", "run_changes",
    }  # fmt: skip


async def _each_figure_leads_to_its_items(
    get: Callable[[str], Awaitable[str]], hei_id: int, june: Mapping[str, Any], dropped: set[str]
) -> None:
    page, year = await get("/june"), june["academic_year"]
    for what in ("renumbered", "new", "not_carried_over", "looked_up", "conflicts"):
        rows = rows_of(await get(f"/june/{hei_id}?what={what}&year={year}&download=june_items"))
        assert len(rows) == june[what], what
        shown = numbers_of(page).get(f"/june/{hei_id}?what={what}&year={year}#june_items", 0)
        assert shown == june[what], what
        if what == "not_carried_over":
            assert dropped <= {row["request_id"] for row in rows}
        if what == "renumbered":
            assert all(row["old_request_id"] != row["request_id"] for row in rows)
    page = await get(f"/june/{hei_id}")
    # Once it has rolled over, what became of the items stands before what may block the next rollover.
    assert page.index("What became of the items in") < page.index("Courses that may block the next rollover")
    # What to do about them is not below a long list.
    assert page.index("Before the next rollover: ") < page.index("Courses that may block the next rollover")
    assert f"It rolled over to {year}: the mirror saw it on 12 June 2026." in page
    assert "were counted then" not in page
    assert "What became of the items" not in await get(f"/june/{hei_id}?year=1999-2000")
