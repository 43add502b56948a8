"""CLA is down for a night: every reading goes on, and its age is told by answers, figures and `doctor`."""

from pathlib import Path
from urllib.parse import quote

from dcs_mirror.database.connections import Connection
from tests.support.command import command_line
from tests.support.metrics import Scraped
from tests.support.serving import mirrored, serving

NIGHT = 38 * 3600


async def test_a_night_without_the_dcs_stops_no_reading_and_is_told_everywhere(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    async with mirrored(database, institutions=2, courses=2, items=2, seed=3) as sandbox:
        dcs_mirror = command_line(tmp_path, sandbox, database)
        course = await connection.fetchrow("SELECT hei_id, course_code FROM dcs.course LIMIT 1")
        item = await connection.fetchrow("SELECT * FROM dcs.content_item WHERE is_openable LIMIT 1")
        assert course is not None
        assert item is not None
        # The mirror was read on the day before: what is measured is the time that goes by.
        for statement in (
            "UPDATE dcs_mirror.sync_run SET started_at = started_at - $1, finished_at = finished_at - $1",
            "UPDATE dcs_mirror.sync_outcome SET reading_started_at = reading_started_at - $1",
            "UPDATE dcs_mirror.sync_outcome SET recorded_at = recorded_at - $1",
            "UPDATE dcs_mirror.course SET read_at = read_at - $1",
        ):
            await connection.execute(statement.replace("$1", f"interval '{NIGHT} s'"))
    # The sandbox is stopped: nobody answers at its address any more.
    down = dcs_mirror.but(DCS_TIMEOUT="1", DCS_MAX_WAIT="1")
    hei_id = course["hei_id"]
    content = f"GetCourseContent?hei={hei_id}&code={quote(course['course_code'])}"
    calls = (
        "GetInstitutions",
        f"GetCourses?hei={hei_id}",
        content,
        f"GetCourseContent?hei={item['hei_id']}&Request-ID={item['request_id']}",
    )
    async with serving(down) as service:
        for call in calls:
            stored = await service.dcs(call)
            assert (stored.status, stored.json["status-code"]) == (200, 100), call
            assert NIGHT <= int(stored.headers["Age"]) < NIGHT + 600, call
            assert "Warning" not in stored.headers
        newer = await service.dcs(content, Cache_Control="max-age=60")
        assert (newer.status, newer.json["status-code"]) == (200, 100)
        assert newer.headers["Warning"].startswith("111 ")
        assert int(newer.headers["Age"]) >= NIGHT
        led = await service.session.get(f"{service.address}/go/{item['request_id']}", allow_redirects=False)
        assert (led.status, led.headers["Location"]) == (302, item["content_url"])
        assert (await service.get("/api/changes?limit=3")).json["changes"]
        assert (await service.get("/readyz")).status == 200
        figures = Scraped((await service.get("/metrics")).body.decode())
        ages = figures.values("institution_age_seconds")
        assert len(ages) == 2
        assert min(ages.values()) >= NIGHT
    night = await down("sync", "--json")
    assert night.code == 4
    told = {f["check"]: f for f in (await down("doctor", "--json")).json["findings"]}
    assert told["freshness"]["level"] == "problem", told["freshness"]
    assert told["GetInstitutions"]["level"] == "problem"
