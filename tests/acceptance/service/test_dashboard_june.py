"""June in the dashboard: who has rolled over, what would block it, and the items behind each figure."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

from dcs_mirror.database.connections import Connection
from tests.acceptance.service.test_dashboard import Visitor, _visitor_session
from tests.support.command import command_line
from tests.support.control import control
from tests.support.running import sync
from tests.support.serving import account, mirrored, serving

MAY, JUNE = datetime(2026, 5, 20, 2, tzinfo=UTC), datetime(2026, 6, 12, 2, tzinfo=UTC)


async def _rows(visitor: Visitor, path: str) -> list[dict[str, str]]:
    status, text, _ = await visitor.get(path)
    assert status == 200, text
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


async def test_every_figure_of_a_june_leads_to_its_items(
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
        await control(sandbox, "rollover", hei=first, without_previous_id=0.2, drop_items=dropped)
        assert (await sync(sandbox, database, now=JUNE)).exit_code == 0
        june = await connection.fetchrow("SELECT * FROM dcs.rollover")
        assert june is not None
        assert june["not_carried_over"] >= len(dropped)
        dcs_mirror = command_line(tmp_path, sandbox, database)
        readiness = (await dcs_mirror("readiness", "--hei", str(first), "--all", "--json")).json
        async with serving(dcs_mirror) as service, _visitor_session() as session:
            visitor = Visitor(service, session)
            of_one = await account(dcs_mirror, "one", "--hei", str(first))
            await visitor.sign_in(of_one)
            _, page, _ = await visitor.get("/june")
            year = june["academic_year"]
            assert f'href="/june/{first}?what=renumbered&amp;year={year}#june_items"' in page
            assert sandbox.world.institutions[second].name not in page
            (row,) = await _rows(visitor, "/june?download=june")
            assert {name: row[name] for name in ("academic_year", "renumbered", "conflicts")} == {
                name: str(june[name]) for name in ("academic_year", "renumbered", "conflicts")
            }
            for what in ("renumbered", "new", "not_carried_over", "looked_up", "conflicts"):
                found = await _rows(visitor, f"/june/{first}?what={what}&year={year}&download=june_items")
                assert len(found) == june[what], what
                if what == "not_carried_over":
                    assert {str(number) for number in dropped} <= {each["request_id"] for each in found}
                if what == "renumbered":
                    assert all(each["old_request_id"] != each["request_id"] for each in found)
            told = await _rows(visitor, f"/june/{first}?download=june_students")
            assert {(row["course_code"], row["verdict"]) for row in told} == {
                (each["course_code"], each["verdict"]) for each in readiness
            }
            _, page, _ = await visitor.get(f"/june/{first}")
            assert f"It rolled over to {year}: the mirror saw it on 12 June 2026." in page
            assert "No registered column" in page
            assert "What became of the items" not in (await visitor.get(f"/june/{first}?year=1999-2000"))[1]
            for path in (f"/june/{second}", "/june/x", "/june/99999999999"):
                assert (await visitor.get(path))[0] == 404
            async with _visitor_session() as everything:
                visitor = Visitor(service, everything)
                await visitor.sign_in((service.account, service.secret))
                assert "not seen yet" in (await visitor.get("/june"))[1]
                _, page, _ = await visitor.get(f"/june/{second}")
                assert "The mirror has seen no June of this institution yet" in page
