"""The DCS's methods that write, through the mirror: its answers, its refusals, and never a call twice."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

import aiohttp

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sandbox.model import Course
from dcs_mirror.sandbox.server import DEFAULT_CREDENTIALS
from tests.support.command import command_line
from tests.support.control import misbehave
from tests.support.serving import BASE, Answered, Service, account, mirrored, serving
from tests.support.writing import arrived, written

VERBS = {"SubmitRequest": "POST", "SubmitCourse": "POST", "AmendCourse": "PUT"}
BOOK: dict[str, object] = {
    "AcademicName": "Jo Example",
    "EmailAddress": "jo@example.ac.uk",
    "IsBook": "True",
    "Title": "Emma",
    "PageRange": "1-20",
}


async def _write(service: Service, method: str, **given: object) -> Answered:
    """Call a method that writes."""
    return await _call(service, method, given)


async def _call(
    service: Service,
    method: str,
    given: Mapping[str, object],
    of: tuple[str, str] | None = None,
    body: bytes | None = None,
    **headers: str,
) -> Answered:
    """Call a method that writes, as another account, with a body or with further headers."""
    name, secret = of or (service.account, service.secret)
    async with service.session.request(
        VERBS[method],
        f"{service.address}{BASE}/{method}?{urlencode(given)}",
        headers={
            "Authorization": aiohttp.encode_basic_auth(name, secret),
            **{key.replace("_", "-"): value for key, value in headers.items()},
        },
        data=body,
    ) as response:
        content = await response.read()
        return Answered(response.status, response.headers, content, json.loads(content))


async def _direct(sandbox: RunningSandbox, method: str, **given: object) -> bytes:
    """What the DCS itself answers."""
    credentials = aiohttp.encode_basic_auth(DEFAULT_CREDENTIALS.username, DEFAULT_CREDENTIALS.password)
    async with (
        aiohttp.ClientSession() as session,
        session.request(
            VERBS[method],
            f"{sandbox.base_url}/{method}?{urlencode(given)}",
            headers={"Authorization": credentials},
        ) as response,
    ):
        return await response.read()


def _course(sandbox: RunningSandbox) -> tuple[int, Course]:
    """An institution, and a course of it that is open."""
    institution = next(iter(sandbox.world.institutions.values()))
    return institution.id, next(c for c in institution.courses.values() if c.status == "Active" and c.items)


async def test_a1_a2_a3_a6_writes_are_answered_as_the_dcs_answers_them(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    async with mirrored(database, institutions=2, courses=4, items=4, seed=3) as sandbox:
        hei, course = _course(sandbox)
        dcs_mirror = command_line(tmp_path, sandbox, database)
        reader = await account(dcs_mirror, "reader")
        one = await account(dcs_mirror, "one", "--hei", str(hei), "--may", "write")
        async with serving(dcs_mirror) as service:
            await _accepted(service, sandbox, hei, course)
            await _recorded(connection, hei)
            await _refused(service, sandbox, hei, course, reader, one)
        calls = len(await _states(connection))
        away = {"DCS_API_URL": "http://127.0.0.1:9/v3", "DCS_TIMEOUT": "1"}
        async with serving(dcs_mirror.but(**away), as_="second") as service:
            refused = await _write(service, "SubmitRequest", hei=hei, **BOOK)
            assert refused.json["status-code"] == 4
            assert "nothing was written" in refused.json["status-message"]
            assert refused.headers["Retry-After"] == "5"
            assert set((await _states(connection))[calls:]) <= {"refused"}
        without = dcs_mirror.but(DCS_API_USERNAME=None, DCS_API_PASSWORD=None)
        async with serving(without, as_="third") as service:
            refused = await _write(service, "SubmitRequest", hei=hei, **BOOK)
            assert refused.json["status-code"] == 5
            assert "no credentials" in refused.json["status-message"]
        async with serving(dcs_mirror.but(DCS_API_PASSWORD="wrong"), as_="fourth") as service:
            seen = []
            for _ in range(2):
                refused = await _write(service, "SubmitRequest", hei=hei, **BOOK)
                assert refused.json["status-code"] == 4
                assert "nothing was written" in refused.json["status-message"]
                seen.append((await _states(connection), dict(sandbox.stats.methods)))
            assert seen[0] == seen[1], "W3: refused credentials are not tried again"


async def _accepted(service: Service, sandbox: RunningSandbox, hei: int, course: Course) -> None:
    """Writes reach the DCS and the mirror (A1, A3, A6)."""
    submitted = await _write(service, "SubmitRequest", hei=hei, **BOOK, CourseCode=course.code)
    request_id = submitted.json["request-id"]
    direct = await _direct(sandbox, "SubmitRequest", hei=hei, **BOOK | {"Title": "Ivanhoe"})
    assert submitted.body == direct.replace(
        str(json.loads(direct)["request-id"]).encode(), str(request_id).encode()
    )
    assert sandbox.world.items[request_id].details.title == "Emma"
    # The mirror shows it at once, and the journal and the record have it.
    alone = await service.dcs(f"GetCourseContent?hei={hei}&Request-ID={request_id}")
    assert alone.json["content-items"][0]["content-status"] == "New Request"

    new = {"hei": hei, "CourseCode": "NEW 1", "CourseName": "New", "NumberOfStudents": 20}
    assert (await _write(service, "SubmitCourse", **new)).body == (
        b'{"course-Code":"NEW 1","status":"ok","status-code":100,"status-message":"Success"}'
    )
    # A1: what is left out is not reset; what is 0 weeks is 52, as the specification says.
    amended = await _write(
        service, "AmendCourse", hei=hei, CourseCode="NEW 1", NewCourseCode="NEW 2", NumberOfWeeks=0
    )
    assert amended.json["course-Code"] == "NEW 2"
    made = sandbox.world.institutions[hei].course_of("NEW 2")
    assert made is not None
    assert (made.students, made.duration) == (20, 52)
    unknown = await _write(service, "AmendCourse", hei=hei, CourseCode=course.code, Subject="Law")
    assert unknown.json["status-code"] == 7
    assert "students" in unknown.json["status-message"]

    for confirmation, code in (
        ({}, 7),
        ({"ConfirmDeletion": "NEW"}, 7),
        ({"confirmdeletion": "NEW 2"}, 100),
    ):
        deleted = await _write(
            service, "AmendCourse", hei=hei, CourseCode="NEW 2", Status="deleted", **confirmation
        )
        assert deleted.json["status-code"] == code, deleted.json
    assert made.status == "Deleted"
    again = await _write(service, "SubmitRequest", hei=hei, **BOOK, CourseCode=course.code)
    assert (again.json["status-code"], str(request_id) in again.json["status-message"]) == (7, True)
    meant = await _write(service, "SubmitRequest", hei=hei, **BOOK, CourseCode=course.code, Again=True)
    assert meant.json["status-code"] == 100


async def _recorded(connection: Connection, hei: int) -> None:
    """The journal and the record have what :func:`_accepted` wrote."""
    calls = await connection.fetch("SELECT method, state FROM dcs_mirror.call ORDER BY call_id")
    assert {each["state"] for each in calls} == {"answered"}
    rows = await connection.fetch(
        """
        SELECT account, hei_id, details ->> 'method' AS method, details ->> 'status_code' AS code
        FROM (
            SELECT account, hei_id, details::jsonb AS details, action_id
            FROM dcs_mirror.account_action WHERE action = 'write'
        ) AS a
        ORDER BY action_id
        """
    )
    assert [row["code"] for row in rows] == ["100", "100", "100", "7", "7", "7", "100", "7", "100"]
    assert [row["method"] for row in rows if row["code"] == "100"] == [each["method"] for each in calls]
    assert {(row["account"], row["hei_id"]) for row in rows} == {("everything", hei)}
    assert "jo@example" not in str([tuple(row) for row in rows])


async def _refused(
    service: Service,
    sandbox: RunningSandbox,
    hei: int,
    course: Course,
    reader: tuple[str, str],
    one: tuple[str, str],
) -> None:
    """What the DCS would refuse is refused in its words, and not sent (A2)."""
    other = next(each for each in sandbox.world.institutions if each != hei)
    lecturer: dict[str, object] = {"LeadLecturer": "Jo", "LeadLecturerEmail": "jo"}
    new: dict[str, object] = {"CourseCode": "NEW 1", "CourseName": "New"}
    at: dict[str, object] = {"hei": hei}
    alike: list[tuple[str, dict[str, object]]] = [
        ("SubmitRequest", {}),
        ("SubmitRequest", at | {"hei": "x"} | BOOK),
        ("SubmitRequest", at | {"hei": 777} | BOOK),
        ("SubmitRequest", at | BOOK | {"Title": ""}),
        ("SubmitRequest", at | BOOK | {"PageRange": ""}),
        ("SubmitRequest", at | BOOK | {"IsBook": "maybe"}),
        ("SubmitRequest", at | BOOK | {"EmailAddress": "jo"}),
        ("SubmitRequest", at | BOOK | {"DeliveryDate": "soon"}),
        ("SubmitRequest", at | BOOK | {"TotalNumberofPages": "1e3"}),
        ("SubmitCourse", at),
        ("SubmitCourse", at | new | {"NumberOfWeeks": 53}),
        ("SubmitCourse", at | new | {"NumberOfStudents": "many"}),
        ("SubmitCourse", at | new | lecturer),
        ("SubmitCourse", at | new | {"LeadLecturerEmail": "jo@example.ac.uk"}),
        ("AmendCourse", {"hei": hei, "CourseCode": "none", "NumberOfStudents": 1}),
        ("AmendCourse", {"hei": hei, "CourseCode": course.code, "Status": "Gone"}),
    ]
    for method, given in alike:
        refused = await _write(service, method, **given)
        assert refused.json == json.loads(await _direct(sandbox, method, **given)), (method, given)
    sent = written(sandbox)
    foreign: dict[str, object] = {"hei": other}
    codes: dict[str, tuple[tuple[str, str], dict[str, object], bytes | None, int]] = {
        "foreign": (one, foreign | BOOK, None, 5),
        "not known": (one, at | {"hei": 777} | BOOK, None, 5),
        "reads only": (reader, at | BOOK, None, 5),
        "nobody": (("one", "wrong"), at | BOOK, None, 3),
        "a body": (one, at | BOOK, b'{"Title": "x"}', 6),
        "a long body": (one, at | BOOK, b"x" * 200_000, 6),
        "no character": (one, at | BOOK | {"Title": "a\0b"}, None, 7),
        "for journals": (one, at | BOOK | {"Volume": "1"}, None, 7),
    }
    for what, (of, given, body, code) in codes.items():
        answer = await _call(service, "SubmitRequest", given, of, body)
        assert (answer.status, answer.json["status-code"]) == (200, code), (what, answer.json)
    elsewhere = await _call(service, "SubmitRequest", at | BOOK, Origin="https://evil.example")
    assert elsewhere.json["status-code"] == 5
    existing = await _write(service, "SubmitCourse", hei=hei, CourseCode=course.code, CourseName="x")
    assert existing.json["status-message"].startswith("Course code already exists")
    assert written(sandbox) == sent
    wrong = await service.dcs("SubmitRequest?hei=1")
    assert (wrong.status, wrong.json) == (404, {"statusCode": 404, "message": "Resource not found"})
    for method, path, status, allowed in (
        ("OPTIONS", f"{BASE}/submitrequest?hei=1", 204, "OPTIONS, POST"),
        ("HEAD", f"{BASE}/SubmitRequest?hei=1", 404, "OPTIONS, POST"),
        ("POST", f"{BASE}/AmendCourse?hei=1", 404, "OPTIONS, PUT"),
        ("OPTIONS", f"{BASE}/GetCourses", 204, "GET, HEAD, OPTIONS"),
        ("OPTIONS", f"{BASE}/DropEverything", 404, None),
        ("OPTIONS", "/links", 204, "GET, HEAD, OPTIONS, POST"),
        ("DELETE", "/links", 405, "GET, HEAD, OPTIONS, POST"),
    ):
        async with service.session.request(method, service.address + path) as told:
            found = (told.status, told.headers.get("Allow"))
            assert found == (status, allowed), (method, path)
    garbage = await _call(service, "SubmitRequest", at | BOOK, one, b"\x1f\x8b", Content_Encoding="gzip")
    assert garbage.json["status-code"] == 6, garbage
    # The DCS's own refusal comes as it said it.
    nowhere = await _write(service, "SubmitRequest", hei=hei, **BOOK, CourseCode="none")
    assert nowhere.json == json.loads(
        await _direct(sandbox, "SubmitRequest", hei=hei, **BOOK, CourseCode="none")
    )


async def test_a6_a_write_without_an_answer_is_told_so_and_never_sent_twice(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    async with mirrored(database, institutions=1, courses=4, items=4, seed=3) as sandbox:
        hei, course = _course(sandbox)
        asked: dict[str, object] = {"hei": hei, "CourseCode": course.code} | BOOK
        slow = {"kind": "slow-start", "method": "SubmitRequest", "seconds": 1.5}
        dcs_mirror = command_line(tmp_path, sandbox, database)
        async with serving(dcs_mirror) as service:
            await misbehave(sandbox, {"kind": "reset", "method": "SubmitRequest"})
            cut = await _write(service, "SubmitRequest", **asked)
            assert (cut.json["status-code"], "Retry-After" in cut.headers) == (4, False)
            assert "not known whether the DCS accepted SubmitRequest" in cut.json["status-message"]
            await misbehave(sandbox)
            again = await asyncio.gather(*(_write(service, "SubmitRequest", **asked) for _ in range(5)))
            assert {each.json["status-code"] for each in again} == {4}
            assert "call 1 sent the same" in again[0].json["status-message"]
            assert written(sandbox) == 1
            # Its client is gone, and what is being sent goes on to its end.
            await misbehave(sandbox, slow)
            hasty = asyncio.create_task(_write(service, "SubmitRequest", **asked | {"Title": "Hasty"}))
            await arrived(sandbox, 2)
            hasty.cancel()
            await asyncio.wait([hasty])
            twice = await _write(service, "SubmitRequest", **asked | {"Title": "Hasty"})
            assert twice.json["status-code"] in {4, 7}
            await _ended(connection, 2)
            assert await _states(connection) == ["unknown", "answered"]
            late = asyncio.create_task(_write(service, "SubmitRequest", **asked | {"Title": "Late"}))
            await arrived(sandbox, 3)
        # So does what is being sent when the service is told to stop.
        await asyncio.wait([late])
        assert await _states(connection) == ["unknown", "answered", "answered"]
        recorded = (
            "SELECT max(details::jsonb ->> 'call_id') FROM dcs_mirror.account_action WHERE action = 'write'"
        )
        assert await connection.fetchval(recorded) == "3"

        busy: dict[str, object] = {"kind": "status", "status": 429, "taken": False, "method": "SubmitRequest"}
        asked["Title"] = "Busy"
        items = len(sandbox.world.items)
        async with serving(dcs_mirror, as_="second") as service:
            await misbehave(sandbox, busy | {"retry_after": 1})
            put_off = await _write(service, "SubmitRequest", **asked)
            assert (put_off.status, put_off.headers["Retry-After"]) == (429, "1")
            assert (await _states(connection))[3:] == ["refused"]
            assert len(sandbox.world.items) == items
            await _accepted_without_database(service, sandbox, connection, asked)
            # While the DCS asks to wait, nothing is being sent: it is given up with its client.
            sent = written(sandbox)
            await misbehave(sandbox, busy | {"retry_after": 600})
            gone = asyncio.create_task(_write(service, "SubmitRequest", **asked))
            await arrived(sandbox, sent + 1)
            gone.cancel()
            await asyncio.wait([gone])
            await misbehave(sandbox)
            await _ended(connection, 6)
            assert (await _states(connection))[5:] == ["refused"]
        assert len(sandbox.world.items) == items + 1


async def _accepted_without_database(
    service: Service, sandbox: RunningSandbox, connection: Connection, asked: dict[str, object]
) -> None:
    """What the DCS accepted is answered, also if the database is lost while it is waited for."""
    sent = written(sandbox)
    await misbehave(sandbox, {"kind": "slow-start", "method": "SubmitRequest", "seconds": 1.5})
    lost = asyncio.create_task(_write(service, "SubmitRequest", **asked | {"Title": "Lost"}))
    await arrived(sandbox, sent + 1)
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    accepted = (await lost).json
    assert accepted["status-code"] == 100, accepted
    assert sandbox.world.items[accepted["request-id"]].details.title == "Lost"


async def _ended(connection: Connection, call_id: int) -> None:
    """Return once the journal has the end of a call."""
    async with asyncio.timeout(20):
        while (await _states(connection))[call_id - 1] == "sent":
            await connection.fetchval("SELECT pg_sleep(0.05)")


async def _states(connection: Connection) -> list[str]:
    return [row[0] for row in await connection.fetch("SELECT state FROM dcs_mirror.call ORDER BY call_id")]
