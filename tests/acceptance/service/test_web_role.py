"""The account of `serve` in the database: what it needs is told by name, and with that it serves."""

import signal
from pathlib import Path
from urllib.parse import quote

import aiohttp

from dcs_mirror.database.connections import Connection
from tests.acceptance.service.test_dashboard import Visitor, _field, _visitor_session
from tests.acceptance.workers.test_workers import working
from tests.support.command import CommandLine, command_line
from tests.support.metrics import Scraped
from tests.support.roles import entered_as, login_role, statements_in
from tests.support.serving import Service, account, free_port, mirrored, serving, until_ready


async def _looks_at_june_and_acknowledges_in_august(
    dcs_mirror: CommandLine, service: Service, connection: Connection
) -> None:
    flag = await connection.fetchrow(
        "INSERT INTO dcs_mirror.recheck_flag (hei_id, item_key, licence_year, kind, flagged_at)"
        " SELECT hei_id, item_key, 2026, 'pending', now() FROM dcs.content_item LIMIT 1"
        " RETURNING flag_id, hei_id"
    )
    assert flag is not None
    async with _visitor_session() as session:
        visitor = Visitor(service, session)
        await visitor.sign_in(await account(dcs_mirror, "librarian", "--may", "acknowledge"))
        status, page, _ = await visitor.get(f"/june/{flag['hei_id']}")
        assert status == 200
        assert "may not read numbers of students" in page
        for path in ("/june", "/requests", "/links", "/operations"):
            assert (await visitor.get(path))[0] == 200, path
        _, page, _ = await visitor.get("/links")
        _, _, location = await visitor.upload("/links/check", b"1\n", csrf=_field(page, "csrf"))
        assert location is not None
        assert (await visitor.get(location))[0] == 200
        _, page, _ = await visitor.get("/august")
        form = {"csrf": _field(page, "csrf"), f"flag-{flag['flag_id']}": "on", "note": "asked"}
        _, _, location = await visitor.post("/august/acknowledge", **form)
        assert location == "/august?said=acknowledged"
        assert "No flag waits" in (await visitor.get("/august"))[1]


async def test_who_serves_needs_no_more_than_the_role_for_it_and_is_told_what_it_lacks(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    async with (
        mirrored(database, institutions=1, courses=2, items=2, seed=3) as sandbox,
        login_role(connection, "dcs_serve") as role,
    ):
        dcs_mirror = command_line(tmp_path, sandbox, database)
        asking = dcs_mirror.but(DCS_DATABASE_URL=entered_as(database, role))
        web = asking.but(DCS_API_USERNAME="", DCS_API_PASSWORD="")
        refused = await web("serve")
        assert (refused.code, f"GRANT dcs_web TO {role}" in refused.err) == (4, True), refused.err
        await connection.execute(f"GRANT dcs_web TO {role}")
        refused = await asking("serve")
        assert refused.code == 4
        assert f"GRANT dcs_mirror_writer TO {role}" in refused.err
        assert "leave out DCS_API_USERNAME" in refused.err

        course = await connection.fetchrow("SELECT hei_id, course_code FROM dcs.course LIMIT 1")
        item = await connection.fetchrow("SELECT request_id FROM dcs.content_item WHERE is_openable LIMIT 1")
        assert course is not None
        assert item is not None
        async with working(dcs_mirror), serving(web, administrator=dcs_mirror) as service:
            path = f"GetCourseContent?hei={course['hei_id']}&code={quote(course['course_code'])}"
            for call in (path, "GetInstitutions", f"GetCourses?hei={course['hei_id']}"):
                assert (await service.dcs(call)).json["status-code"] == 100
            newer = await service.dcs(path, Cache_Control="no-cache")
            assert (newer.json["status-code"], "Warning" in newer.headers) == (100, False)
            assert (await service.get("/api/changes?limit=5")).json["changes"]
            figures = Scraped((await service.get("/metrics")).body.decode())
            assert (figures.value("workers"), figures.value("database_up")) == (1, 1)
            assert (await service.get("/readyz")).status == 200
            led = await service.session.get(
                f"{service.address}/go/{item['request_id']}", allow_redirects=False
            )
            assert led.status == 302
            await _looks_at_june_and_acknowledges_in_august(dcs_mirror, service, connection)
        actions = "SELECT array_agg(action ORDER BY action_id) FROM dcs_mirror.account_action"
        assert await connection.fetchval(actions) == ["added", "refresh", "added", "acknowledge"]
        told = (await web("doctor", "--json")).json["findings"]
        (privileges,) = [finding for finding in told if finding["check"] == "privileges"]
        assert (privileges["level"], "may serve" in privileges["found"]) == ("ok", True)
        await _compared(dcs_mirror, web, connection)


async def _compared(dcs_mirror: CommandLine, web: CommandLine, connection: Connection) -> None:
    """Rights that the role lacks, and those that it should not have, are told; also of single columns."""
    await connection.execute(
        "REVOKE SELECT ON dcs_mirror.account FROM dcs_web;"
        " REVOKE UPDATE (acknowledged_note) ON dcs_mirror.recheck_flag FROM dcs_web"
    )
    lacks = "SELECT on dcs_mirror.account, UPDATE (acknowledged_note) on dcs_mirror.recheck_flag"
    refused = await web("serve")
    assert refused.code == 4
    assert f"lacks {lacks}; " in refused.err
    assert "`dcs-mirror migrate`" in refused.err
    found = {f["check"]: f for f in (await web("doctor", "--json")).json["findings"]}
    for check in ("dcs_web", "privileges"):
        assert found[check]["level"] == "problem"
        assert lacks in found[check]["found"]
    assert (await dcs_mirror("migrate")).code == 0
    found = {f["check"]: f for f in (await web("doctor", "--json")).json["findings"]}
    assert found["dcs_web"]["level"] == found["privileges"]["level"] == "ok"

    await connection.execute(
        "GRANT UPDATE (kind) ON dcs_mirror.recheck_flag TO dcs_web;"
        " GRANT SELECT ON dcs_mirror.request_id_history TO dcs_web"
    )
    found = {f["check"]: f for f in (await web("doctor", "--json")).json["findings"]}
    assert found["dcs_web"]["level"] == "warning"
    assert "SELECT on dcs_mirror.request_id_history, UPDATE (kind)" in found["dcs_web"]["found"]
    revoke = "REVOKE UPDATE (kind) ON dcs_mirror.recheck_flag FROM dcs_web"
    assert revoke in found["dcs_web"]["todo"]
    assert found["privileges"]["level"] == "ok"
    await connection.execute(f"{revoke}; REVOKE SELECT ON dcs_mirror.request_id_history FROM dcs_web")

    assert "PUBLIC" not in found, found["PUBLIC"]
    await connection.execute(
        "GRANT USAGE ON SCHEMA dcs TO PUBLIC; GRANT SELECT (title) ON dcs.content_item TO PUBLIC;"
        " GRANT DELETE ON dcs_mirror.call TO PUBLIC;"
        " GRANT EXECUTE ON FUNCTION dcs.request_refresh(integer, text, bigint) TO PUBLIC"
    )
    told = {f["check"]: f for f in (await web("doctor", "--json")).json["findings"]}["PUBLIC"]
    assert told["level"] == "warning"
    assert "DELETE on dcs_mirror.call, EXECUTE on dcs.request_refresh(" in told["found"]
    port = free_port()
    process = await web.but(DCS_BIND=f"127.0.0.1:{port}").start("serve")
    async with aiohttp.ClientSession() as session:
        await until_ready(session, f"http://127.0.0.1:{port}")
    process.send_signal(signal.SIGTERM)
    _, err = await process.communicate()
    assert b"every role of the server has rights in the mirror" in err
    await connection.execute(statements_in(told["todo"]))
    assert "PUBLIC" not in {f["check"] for f in (await web("doctor", "--json")).json["findings"]}
    found = {f["check"]: f for f in (await web("doctor", "--json")).json["findings"]}
    assert found["dcs_web"]["level"] == "ok"
