"""Names that other programs depend on: headers, JSON keys and metrics; and what needs a worker."""

import asyncio
import json
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.settings import Settings
from dcs_mirror.web import dcs_paths, service
from tests.support.command import CommandLine, command_line
from tests.support.metrics import Scraped
from tests.support.serving import Service, account, free_port, mirrored, serving, until_ready

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ACCOUNT = ["name", "secret", "hei_ids", "may"]
LINK = [
    *("line", "input", "item_key", "hei_id", "request_id", "is_openable", "why_not", "since", "content_url"),
]
FIGURES = {
    *("institution_age_seconds", "institution_outcome", "calls_total", "call_duration_seconds_count"),
    *("calls_in_flight", "calls_limit", "retries_total", "jobs", "oldest_waiting_job_age_seconds"),
    *("recheck_flags_open", "registered_columns_failed", "feed_last_change_id"),
    *("feed_last_change_timestamp_seconds", "database_up", "workers"),
}


async def test_headers_keys_and_metrics_have_the_names_that_programs_know(
    tmp_path: Path, database: str, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with mirrored(database, institutions=1, courses=2, items=2, seed=3) as sandbox:
        hei_id = next(iter(sandbox.world.institutions))
        item = await connection.fetchrow("SELECT * FROM dcs.content_item WHERE is_openable LIMIT 1")
        code = await connection.fetchval("SELECT course_code FROM dcs.course LIMIT 1")
        assert item is not None
        calls = (
            "GetInstitutions",
            f"GetCourses?hei={hei_id}",
            f"GetCourseContent?hei={hei_id}&code={quote(code)}",
            f"GetCourseContent?hei={hei_id}&Request-ID={item['request_id']}",
        )
        dcs_mirror = command_line(tmp_path, sandbox, database)
        await _accounts(dcs_mirror)
        async with serving(dcs_mirror) as running:
            for call in calls:
                found = await running.dcs(call)
                assert int(found.headers["Age"]) >= 0
                assert found.headers["Cache-Control"].startswith("private, max-age=")
                assert all(name in found.headers for name in ("ETag", "Last-Modified", "Vary"))
                again = await running.dcs(call, If_None_Match=found.headers["ETag"])
                assert (again.status, again.body) == (304, b"")
                assert all(name in again.headers for name in ("ETag", "Age", "Cache-Control", "Vary"))
            await running.dcs(calls[2], Cache_Control="no-cache")  # so that there are calls to count
            await _paths(running, connection, item["request_id"])
        await _nobody_refreshes(dcs_mirror, database, connection, calls, monkeypatch)


async def _accounts(dcs_mirror: CommandLine) -> None:
    for command in ("add", "rotate"):
        done = await dcs_mirror("accounts", command, "named", "--json")
        assert list(done.json) == ACCOUNT, command


async def _paths(running: Service, connection: Connection, request_id: int) -> None:
    changes = (await running.get("/api/changes?limit=1")).json
    assert {"changes", "next"} <= set(changes)
    view = "SELECT attname FROM pg_attribute WHERE attrelid = 'dcs.change'::regclass AND attnum > 0"
    assert set(changes["changes"][0]) == {row[0] for row in await connection.fetch(view)}
    authorization = {"Authorization": aiohttp.encode_basic_auth(running.account, running.secret)}
    async with running.session.post(
        f"{running.address}/links", json={"links": [str(request_id), "no link"]}, headers=authorization
    ) as answer:
        links = json.loads(await answer.read())["links"]
    assert [list(each) for each in links] == [LINK, LINK]
    assert [links[1][name] for name in LINK] == [2, "no link", *[None] * 4, "unknown", None, None]
    figures = (await running.get("/metrics")).body.decode()
    assert not [name for name in FIGURES if not Scraped(figures).values(name)], figures
    for path in ("/healthz", "/readyz", "/openapi.json"):
        assert (await running.get(path)).status == 200
    for path, status in {"/nothing": 404, "/api/changes?after=x": 400}.items():
        wrong = await running.get(path)
        assert (wrong.status, wrong.headers["Content-Type"]) == (status, "application/problem+json")
        assert list(wrong.json) == ["type", "title", "status", "detail"]
    for path in ("/nothing", "/api/nothing", "/%FF%ED%A0%80/%3Cb%3E", "//example.org/"):
        java = await running.get(path, Accept="text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2")
        assert (java.status, java.headers["Content-Type"]) == (404, "application/problem+json"), path
        page = await running.get(path, Accept=BROWSER)
        assert (page.status, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8"), path
        assert page.headers["Cache-Control"] == java.headers["Cache-Control"] == "no-store"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        text = page.body.decode()
        assert "There is no such page" in text
        assert not [word for word in ("<nav", "<b>", "example.org") if word in text], path
    await _heads_are_as_gets(running)


async def _heads_are_as_gets(running: Service) -> None:
    """HEAD is answered with the headers of GET and no body; the address of a form has a page, too."""
    for path, accept, status, content_type in (
        ("/nothing", BROWSER, 404, "text/html; charset=utf-8"),
        ("/items/0", BROWSER, 404, "text/html; charset=utf-8"),
        ("/august/acknowledge", BROWSER, 405, "text/html; charset=utf-8"),
        ("/nothing", "*/*", 404, "application/problem+json"),
        ("/august/acknowledge", "*/*", 405, "application/problem+json"),
    ):
        get = await running.get(path, Accept=accept)
        assert (get.status, get.headers["Content-Type"]) == (status, content_type), path
        assert get.body
        sent = {"Accept": accept, "Authorization": aiohttp.encode_basic_auth(running.account, running.secret)}
        async with running.session.head(running.address + path, headers=sent) as head:
            assert (head.status, await head.read()) == (status, b""), path
            assert _lasting(head.headers) == _lasting(get.headers), path


def _lasting(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers without what differs from answer to answer."""
    return {name: re.sub(r"nonce-[^']+", "", value) for name, value in headers.items() if name != "Date"}


async def _nobody_refreshes(
    dcs_mirror: CommandLine,
    database: str,
    connection: Connection,
    calls: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No worker is alive, and the service has no credentials for the DCS: what is stored comes with 111."""
    monkeypatch.setattr(dcs_paths, "WAIT_SECONDS", 1.5)
    name, secret = await account(dcs_mirror, "alone", "--may", "refresh")
    await connection.execute("DELETE FROM dcs_mirror.refresh_request")
    port = free_port()
    task = asyncio.create_task(service.run(Settings(bind=f"127.0.0.1:{port}"), database, lambda _: None))
    address = f"http://127.0.0.1:{port}"
    try:
        async with aiohttp.ClientSession() as session:
            await until_ready(session, address)
            running = Service(address, session, name, secret, 0)
            answers = await asyncio.gather(*(running.dcs(call, Cache_Control="no-cache") for call in calls))
            for call, found in zip(calls, answers, strict=True):
                assert (found.status, found.json["status-code"]) == (200, 100), call
                assert found.headers["Warning"].startswith("111 "), call
                assert "Age" in found.headers
    finally:
        task.cancel()
        await asyncio.wait([task])
    waiting = "SELECT hei_id FROM dcs.refresh_request WHERE finished_at IS NULL ORDER BY hei_id"
    assert [row["hei_id"] for row in await connection.fetch(waiting)][:1] == [0]
