"""The DCS's methods from the mirror: a program that asks the DCS changes one address, and sees the same."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import asyncpg

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sandbox.edits import ItemChanges, edit_item
from dcs_mirror.sandbox.server import DEFAULT_CREDENTIALS
from dcs_mirror.web.dcs_paths import BEHIND_SECONDS
from tests.support.command import command_line
from tests.support.contract import Client, comparable, contract
from tests.support.control import control, misbehave
from tests.support.running import sync
from tests.support.serving import BASE, Service, account, mirrored, serving
from tests.support.walk import assert_views_equal

LISTED = """
SELECT to_jsonb(i) - '{item_key,course_key,first_seen_at,changed_at}'::text[]
FROM dcs.content_item AS i WHERE i.removed_at IS NULL AND i.course_key IS NOT NULL
ORDER BY i.hei_id, i.request_id
"""
COURSES = """
SELECT to_jsonb(c) - '{course_key,first_seen_at,changed_at}'::text[]
FROM dcs.course AS c WHERE c.removed_at IS NULL ORDER BY c.hei_id, c.course_id
"""


def _first_course(sandbox: RunningSandbox) -> tuple[int, str, int]:
    """The institution, code and first request id of a course that has items."""
    institution = next(iter(sandbox.world.institutions.values()))
    course = next(c for c in institution.courses.values() if c.status == "Active" and c.items)
    return institution.id, course.code, course.items[0].request_id


async def _copied(database: str, connection: Connection) -> list[list[str]]:
    return [[row[0] for row in await connection.fetch(question)] for question in (LISTED, COURSES)]


async def test_the_mirrors_own_client_makes_an_equal_mirror_of_the_service(
    tmp_path: Path, database: str, empty_database: str, connection: Connection
) -> None:
    async with mirrored(database, institutions=3, courses=12, items=6, seed=11) as sandbox:
        dcs_mirror = command_line(tmp_path, sandbox, database)
        async with serving(dcs_mirror) as service:
            second = command_line(tmp_path, None, empty_database).but(
                DCS_API_URL=service.address + BASE,
                DCS_API_USERNAME=service.account,
                DCS_API_PASSWORD=service.secret,
            )
            done = await second("sync", "--json")
            # A client that knows nothing but the specification sees the same in both.
            secrets = DEFAULT_CREDENTIALS.username, DEFAULT_CREDENTIALS.password
            dcs = await contract(Client(service.session, sandbox.base_url, *secrets))
            here = Client(service.session, service.address + BASE, service.account, service.secret)
            assert comparable(await contract(here)) == comparable(dcs)
        assert done.code == 0, done.err
        assert {each["outcome"] for each in done.json["institutions"]} == {"complete"}
        copy = await asyncpg.connect(empty_database)
        try:
            await assert_views_equal(copy, await control(sandbox, "state"))
            assert await _copied(empty_database, copy) == await _copied(database, connection)
        finally:
            await copy.close()


async def test_a_client_is_told_how_old_an_answer_is_and_need_not_fetch_it_twice(
    tmp_path: Path, database: str
) -> None:
    async with mirrored(database, institutions=1, courses=4, items=6, seed=3) as sandbox:
        hei_id, code, request_id = _first_course(sandbox)
        path = f"GetCourseContent?hei={hei_id}&code={quote(code)}"
        async with serving(command_line(tmp_path, sandbox, database)) as service:
            first = await service.dcs(path, Accept_Encoding="identity")
            assert (first.status, first.json["status-code"]) == (200, 100)
            assert int(first.headers["Age"]) < 60
            assert first.headers["Cache-Control"].startswith("private, max-age=")
            assert "Authorization" in first.headers["Vary"]
            packed = await service.dcs(path, Accept_Encoding="gzip")
            assert packed.headers["Content-Encoding"] == "gzip"
            assert packed.json == first.json
            assert packed.headers["ETag"] != first.headers["ETag"]
            for tag in (first.headers["ETag"], f'"x", W/{packed.headers["ETag"]}', "*"):
                again = await service.dcs(path, If_None_Match=tag)
                assert (again.status, again.body) == (304, b"")
                assert again.headers["ETag"] in {first.headers["ETag"], packed.headers["ETag"]}
            since = await service.dcs(path, If_Modified_Since=first.headers["Last-Modified"])
            assert since.status == 304
            assert (await service.dcs(path, If_None_Match='"another"')).status == 200
            # The same item by its own id, in the course's answer and alone.
            alone = await service.dcs(f"GetCourseContent?hei={hei_id}&Request-ID={request_id}")
            assert alone.json["content-items"][0] in first.json["content-items"]
            assert alone.json["total-results"] == 1
            # An edit changes the answer, a reading without one does not.
            edit_item(sandbox.world, sandbox.world.items[request_id], ItemChanges(title="Another title"))
            await sync(sandbox, database)
            changed = await service.dcs(path, If_None_Match=first.headers["ETag"], Accept_Encoding="identity")
            assert changed.status == 200
            assert "Another title" in {
                i["bibliographic-details"]["title"] for i in changed.json["content-items"]
            }
            await sync(sandbox, database)
            assert (await service.dcs(path, If_None_Match=changed.headers["ETag"])).status == 304


async def test_who_wants_it_newer_has_the_dcs_asked_once_however_many_ask(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    async with mirrored(database, institutions=2, courses=3, items=4, seed=3) as sandbox:
        hei_id, code, request_id = _first_course(sandbox)
        path = f"GetCourseContent?hei={hei_id}&code={quote(code)}"
        dcs_mirror = command_line(tmp_path, sandbox, database)
        reader = await account(dcs_mirror, "reader")
        async with serving(dcs_mirror) as service:
            edit_item(sandbox.world, sandbox.world.items[request_id], ItemChanges(title="Just edited"))
            before = sandbox.stats.methods["GetCourseContent"]
            assert "Just edited" not in (await service.dcs(path, Cache_Control="max-age=3600")).body.decode()
            # Who may not refresh gets the stored answer, and is told so.
            stored = await service.dcs(path, of=reader, Cache_Control="no-cache")
            assert (stored.status, stored.json["status-code"]) == (200, 100)
            assert (stored.headers["Warning"][:4], "Age" in stored.headers) == ("110 ", True)
            young = await service.dcs(path, of=reader, Cache_Control="max-age=3600")
            assert "Warning" not in young.headers
            assert sandbox.stats.methods["GetCourseContent"] == before
            answers = await asyncio.gather(*(service.dcs(path, Cache_Control="no-cache") for _ in range(100)))
            assert all("Just edited" in each.body.decode() for each in answers)
            assert all("Warning" not in each.headers for each in answers)
            runs = await connection.fetchval("SELECT count(*) FROM dcs.sync_run WHERE kind = 'refresh'")
            # One, or one more for those who came when it had begun already.
            assert runs <= 2
            old = await service.dcs(
                f"GetCourseContent?hei={hei_id}&Request-ID={request_id}", Cache_Control="max-age=0"
            )
            assert "Just edited" in old.body.decode()
            await _read_the_list(service, sandbox, reader, connection)


async def _read_the_list(
    service: Service, sandbox: RunningSandbox, reader: tuple[str, str], connection: Connection
) -> None:
    """Who wants the list of institutions newer has it read alone, once for all who ask."""
    world, calls = sandbox.world, sandbox.stats.methods
    kept, withdrawn = world.institutions.values()
    aged = "UPDATE dcs_mirror.sync_run SET started_at = started_at - interval '1 hour' WHERE kind = 'sync'"
    await connection.execute(aged)
    kept.name, withdrawn.subscribed = "A new name", False
    world.institutions[7] = replace(
        kept, id=7, name="Has just subscribed", courses={}, unattached=[], answer=None
    )
    before, courses = calls["GetInstitutions"], calls["GetCourses"]
    for young in (
        await service.dcs("GetInstitutions", Cache_Control="max-age=7200"),
        await service.dcs("GetInstitutions", of=reader, Cache_Control="no-cache"),
    ):
        assert "A new name" not in young.body.decode()
        assert int(young.headers["Age"]) >= 3600
    assert (young.headers["Warning"][:4], calls["GetInstitutions"]) == ("110 ", before)
    answers = await asyncio.gather(
        *(service.dcs("GetInstitutions", Cache_Control="no-cache") for _ in range(50))
    )
    for answer in answers:
        found = {(each["id"], each["name"]) for each in answer.json["institutions"]}
        assert found == {(kept.id, "A new name"), (7, "Has just subscribed")}
        assert "Warning" not in answer.headers
        assert int(answer.headers["Age"]) < 3600
    # One, or one more for those who came when it had begun already.
    assert 1 <= calls["GetInstitutions"] - before <= 2
    assert calls["GetCourses"] == courses
    # Nothing of it is read yet, and whoever wants it gets it.
    assert (await service.dcs("GetCourses?hei=7")).json["status-code"] == 4
    assert (await service.dcs("GetCourses?hei=7", Cache_Control="no-cache")).json["status-code"] == 100
    # One that comes back is there again, with what is stored of it; its feed says so.
    withdrawn.subscribed = True
    back = await service.dcs("GetInstitutions", Cache_Control="no-cache")
    assert back.json["total-results"] == 3
    assert (await service.dcs(f"GetCourses?hei={withdrawn.id}")).json["status-code"] == 100
    feed = "SELECT * FROM dcs.change WHERE entity = 'institution' AND run_id > 1 ORDER BY change_id"
    told = [(row["hei_id"], row["kind"], json.loads(row["details"])) for row in await connection.fetch(feed)]
    assert (7, "added") in [each[:2] for each in told]
    assert [each[2]["subscribed"] for each in told if each[0] == withdrawn.id] == [
        [True, False],
        [False, True],
    ]
    assert [each[2]["name"][1] for each in told if each[0] == kept.id] == ["A new name"]
    asked = "SELECT DISTINCT hei_id, outcome FROM dcs.refresh_request WHERE hei_id IN (0, 7) ORDER BY 1"
    assert [tuple(row) for row in await connection.fetch(asked)] == [(0, "complete"), (7, "complete")]


async def test_reading_goes_on_while_the_dcs_is_away_and_says_so(tmp_path: Path, database: str) -> None:
    async with mirrored(database, institutions=1, courses=3, items=4, seed=3) as sandbox:
        hei_id, code, _ = _first_course(sandbox)
        path = f"GetCourseContent?hei={hei_id}&code={quote(code)}"
        quick = command_line(tmp_path, sandbox, database).but(DCS_TIMEOUT="1", DCS_MAX_WAIT="1")
        async with serving(quick) as service:
            fresh = await service.dcs(path)
            await misbehave(sandbox, {"kind": "status", "status": 503})
            stale = await service.dcs(path, Cache_Control="no-cache")
            assert (stale.status, stale.json) == (200, fresh.json)
            assert stale.headers["Warning"].startswith("111 ")
            assert int(stale.headers["Age"]) >= 0
            assert (await service.dcs(path)).json == fresh.json
            listed = await service.dcs("GetInstitutions", Cache_Control="no-cache")
            assert (listed.json["total-results"], listed.headers["Warning"][:4]) == (1, "111 ")


async def test_errors_are_said_in_the_dcs_own_words(tmp_path: Path, database: str) -> None:
    async with mirrored(database, institutions=2, courses=3, items=4, seed=3) as sandbox:
        seen, other = sandbox.world.institutions
        dcs_mirror = command_line(tmp_path, sandbox, database)
        one = await account(dcs_mirror, "one", "--hei", str(seen))
        gone = await account(dcs_mirror, "gone")
        async with serving(dcs_mirror) as service:
            huge = "9" * 30
            expected = {
                "GetCourses": 6,
                "GetCourses?hei=": 6,
                "GetCourses?hei=x": 6,
                "GetCourses?hei=1e3": 6,
                f"GetCourses?hei={huge}": 6,
                "GetCourses?hei=-1": 1,
                "GetCourses?hei=99999999999": 1,
                "GetCourses?hei=777": 1,
                f"GetCourseContent?hei={seen}": 6,
                f"GetCourseContent?hei={seen}&code=%ff": 6,
                f"GetCourseContent?hei={seen}&code=%00": 2,
                f"GetCourseContent?hei={seen}&code=none": 2,
                f"GetCourseContent?hei={seen}&code={'x' * 5000}": 2,
                f"GetCourseContent?hei={seen}&Request-ID=5": 2,
                f"GetCourseContent?hei={seen}&Request-ID={huge}": 6,
                f"GetCourseContent?hei={seen}&{'&'.join('a=1' for _ in range(60))}": 6,
                f"getcourses?HEI={seen}": 100,
                f"Get%43ourses?%68ei={seen}": 100,
                f"GetCour\u017fes?hei={seen}": 404,
            }
            answers = {call: (await service.dcs(call)).json for call in expected}
            found = {call: json.get("status-code", json.get("statusCode")) for call, json in answers.items()}
            assert found == expected
            assert (await service.dcs("GetInstitutions", of=one)).json["institutions"] == [
                {"id": seen, "name": sandbox.world.institutions[seen].name}
            ]
            for hei_id in (other, 777):
                foreign = await service.dcs(f"GetCourses?hei={hei_id}", of=one)
                assert foreign.json["status-code"] == 5
                assert foreign.headers["Cache-Control"] == "no-store"
            for credentials in (("one", "wrong"), ("nobody", one[1]), ("", ""), ("one\x00", one[1])):
                assert (await service.dcs("GetInstitutions", of=credentials)).json["status-code"] == 3
            for authorization in ("Basic", "Basic !!!", "Bearer x", "Basic " + "A" * 4000):
                refused = await service.dcs("GetInstitutions", Authorization=authorization)
                assert refused.json["status-code"] == 3
            assert (await service.dcs("GetInstitutions", of=gone)).json["status-code"] == 100
            await dcs_mirror("accounts", "remove", "gone")
            await asyncio.sleep(BEHIND_SECONDS)
            assert (await service.dcs("GetInstitutions", of=gone)).json["status-code"] == 3
            missing = await service.get("/v4/GetInstitutions")
            assert (missing.status, missing.headers["Content-Type"]) == (404, "application/problem+json")
            assert json.loads(missing.body)["title"] == "Not Found"


async def test_a_network_gets_nothing_from_a_service_without_accounts(tmp_path: Path, database: str) -> None:
    dcs_mirror = command_line(tmp_path, None, database)
    refused = await dcs_mirror.but(DCS_BIND="0.0.0.0:8400")("serve")
    assert (refused.code, refused.out) == (2, "")
    assert "accounts add" in refused.err
    for value, named in {"localhost:8400": "DCS_BIND", "127.0.0.1": "DCS_BIND"}.items():
        wrong = await dcs_mirror.but(DCS_BIND=value)("serve")
        assert (wrong.code, named in wrong.err) == (2, True)
    everybody = await dcs_mirror.but(DCS_TRUSTED_PROXIES="0.0.0.0/0")("serve")
    assert (everybody.code, "DCS_TRUSTED_PROXIES" in everybody.err) == (2, True)
    header = await dcs_mirror.but(DCS_IDENTITY_HEADER="Authorization")("serve")
    assert (header.code, "DCS_IDENTITY_HEADER" in header.err) == (2, True)


async def test_refusals_and_refreshes_are_recorded_and_guessing_is_slowed_down(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    async with mirrored(database, institutions=1, courses=2, items=2, seed=3) as sandbox:
        hei_id, code, _ = _first_course(sandbox)
        dcs_mirror = command_line(tmp_path, sandbox, database)
        async with serving(dcs_mirror, DCS_CLIENT_RATE="100", DCS_HOSTS="mirror.example.ac.uk") as service:
            guesses = [await service.dcs("GetInstitutions", of=("everything", "guess")) for _ in range(60)]
            assert guesses[0].json["status-code"] == 3
            assert (guesses[-1].status, int(guesses[-1].headers["Retry-After"])) == (429, 1)
            path = f"GetCourseContent?hei={hei_id}&code={quote(code)}"
            assert (await service.dcs(path, Cache_Control="no-cache")).json["status-code"] == 100
            quick = await asyncio.gather(*(service.dcs("GetInstitutions") for _ in range(300)))
            assert {each.status for each in quick} == {200, 429}
            assert (await service.get("/healthz", Host="mirror.example.ac.uk:80")).status == 200
            assert (await service.get("/healthz", Host="evil.example")).status == 421
        rows = await connection.fetch(
            "SELECT account, action, hei_id, details::text FROM dcs_mirror.account_action ORDER BY action_id"
        )
        assert [(row["account"], row["action"], row["hei_id"]) for row in rows] == [
            ("everything", "added", None),
            ("everything", "refused", None),
            ("everything", "refresh", hei_id),
        ]
        assert service.secret not in str(rows)
        assert json.loads(rows[1]["details"]) == {"address": "127.0.0.1"}
