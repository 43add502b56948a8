"""No secret is ever printed, stored or shown in a process list; none goes to a host that was not named."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp import web

from dcs_mirror.database.connections import Connection
from dcs_mirror.embedded import postmaster
from dcs_mirror.sandbox import Credentials, Sizes, build_world, running_sandbox
from dcs_mirror.sandbox.edits import CourseChanges, ItemChanges, edit_course, edit_item
from tests.support.command import CommandLine, Finished, command_line
from tests.support.faulty import Fault, FaultySandbox, faulty
from tests.support.writing import BOOK

USERNAME = "reader"
PASSWORD = "Zebra:7f&3a"
KEY = "okapi-91c2e0"
DATABASE_PASSWORD = "Quagga/55 d1"

TOKEN = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
SECRETS = {
    spelling
    for secret in (PASSWORD, KEY, DATABASE_PASSWORD, TOKEN)
    for spelling in (secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode())
}
GIVEN = {"DCS_API_USERNAME": USERNAME, "DCS_API_PASSWORD": PASSWORD, "DCS_API_SUBSCRIPTION_KEY": KEY}
NOWHERE = f"postgresql://mirror:{quote(DATABASE_PASSWORD, safe='')}@127.0.0.1:9/dcs"
COMMANDS = (("sync", "--json"), ("doctor", "--json"), ("migrate",), ("purge", "1"))

SELF_SIGNED = Path(__file__).parents[1] / "support" / "self_signed.pem"


def assert_silent(finished: Finished) -> None:
    """The command failed, and told no secret."""
    assert finished.code != 0, finished
    for secret in SECRETS:
        assert secret not in finished.out + finished.err


async def assert_nothing_stored(connection: Connection) -> None:
    """No row of any table of the mirror holds a secret, in whatever column."""
    tables = await connection.fetch(
        "SELECT oid::regclass::text FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = 'dcs_mirror'::regnamespace"
    )
    assert len(tables) > 10
    for (table,) in tables:
        for row in await connection.fetch(f"SELECT ROW(t.*)::text FROM {table} AS t"):
            for secret in SECRETS:
                assert secret not in row[0], table


@pytest.fixture
async def front() -> AsyncIterator[FaultySandbox]:
    """An upstream that takes the credentials and can be told to misbehave."""
    world = build_world(Sizes(institutions=2, courses=3, items=2), seed=11)
    async with (
        running_sandbox(world, credentials=Credentials(USERNAME, PASSWORD)) as sandbox,
        faulty(sandbox) as faulty_front,
    ):
        yield faulty_front


def _files(folder: Path, settings: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in settings.items():
        file = folder / name.lower()
        file.write_text(value, encoding="utf-8")
        yield f"{name}_FILE", str(file)


@pytest.fixture
def dcs_mirror(tmp_path: Path, front: FaultySandbox, database: str) -> CommandLine:
    """The command line with every secret, told by variables."""
    return command_line(tmp_path, database=database).but(DCS_API_URL=front.base_url, **GIVEN)


@pytest.fixture
def with_files(dcs_mirror: CommandLine, tmp_path: Path) -> CommandLine:
    """The same, told by files."""
    return dcs_mirror.but(**dict.fromkeys(GIVEN), **dict(_files(tmp_path, GIVEN)))


def _echo(status: int = 200, where: str = "Get") -> Fault:
    """A gateway's page for debugging, which repeats the headers of the call."""
    page = f"<html><h1>Error</h1>Authorization: Basic {TOKEN} Ocp-Apim-Subscription-Key: {KEY}</html>"
    return Fault(where, status=status, body=page.encode())


def _told(code: int, message: str) -> Fault:
    body = f'{{"status": "error", "status-code": {code}, "status-message": "{message}"}}'
    return Fault("Get", body=body.encode())


FAULTS = {
    "credentials refused": Fault("Get", status=401, body=b"<html>no</html>"),
    "forbidden": _echo(403),
    "a page with status 200": _echo(200),
    "a page of one method": _echo(200, "GetCourseContent"),
    "a page that is broken off": Fault("Get", body=_echo().body[:60]),
    "a client error": _echo(404),
    "a server error": _echo(503),
    "not authenticated": _told(3, f"user {USERNAME} with password {PASSWORD} is unknown"),
    "an internal error": _told(4, f"no session for {TOKEN}"),
    "an invalid parameter": _told(6, f"key {KEY}"),
    "a redirect": Fault("Get", status=302, headers={"Location": "http://127.0.0.1:9/elsewhere"}),
}


@pytest.mark.parametrize("kind", FAULTS)
async def test_no_failure_of_the_dcs_tells_a_secret(
    kind: str,
    dcs_mirror: CommandLine,
    with_files: CommandLine,
    front: FaultySandbox,
    connection: Connection,
) -> None:
    front.faults = [FAULTS[kind]]
    for finished in await asyncio.gather(
        dcs_mirror("sync"), with_files("sync", "--json"), with_files("doctor")
    ):
        assert_silent(finished)
    await assert_nothing_stored(connection)


@pytest.mark.parametrize(
    "kind",
    [
        "a page with status 200",
        "a page that is broken off",
        "a client error",
        "not authenticated",
        "an internal error",
        "an invalid parameter",
    ],
)
async def test_a6_no_refusal_of_a_write_tells_a_secret_or_puts_it_into_the_journal(
    kind: str, dcs_mirror: CommandLine, front: FaultySandbox, connection: Connection
) -> None:
    front.faults = [replace(FAULTS[kind], where="SubmitRequest")]
    assert_silent(await dcs_mirror("submit-request", "101", *BOOK))
    (call,) = (await dcs_mirror("calls", "--json")).json
    assert call["error"], call
    assert not any(secret in str(call) for secret in SECRETS)
    await assert_nothing_stored(connection)


async def test_credentials_that_an_answer_repeats_in_a_field_are_not_stored(
    dcs_mirror: CommandLine, connection: Connection
) -> None:
    """In a name they are read as null; a course without a code is put into quarantine, without its secret."""
    world = build_world(Sizes(institutions=1, courses=3, items=2), seed=11)
    (institution,) = world.institutions.values()
    named, coded, whole = list(institution.courses.values())[:3]
    edit_course(world, named, CourseChanges(name=f"Authorization: Basic {TOKEN}", lecturer=KEY))
    edit_course(world, coded, CourseChanges(code=f"A {PASSWORD}"))
    edit_item(world, whole.items[0], ItemChanges(title=f"{PASSWORD}", notes=quote(PASSWORD, safe="")))
    async with running_sandbox(world, credentials=Credentials(USERNAME, PASSWORD)) as sandbox:
        synced = await dcs_mirror.but(DCS_API_URL=sandbox.base_url)("sync")
    assert_silent(synced)
    assert "an answer repeats the credentials" in synced.err
    await assert_nothing_stored(connection)
    rows = await connection.fetch("SELECT course_code, name, lecturer FROM dcs.course ORDER BY course_id")
    assert (named.code, None, None) in [tuple(row) for row in rows]
    assert whole.code in [row["course_code"] for row in rows]
    assert await connection.fetchval("SELECT count(*) FROM dcs.content_item WHERE title IS NULL") == 1
    assert await connection.fetchval("SELECT reason FROM dcs.quarantine") is not None


async def test_neither_does_an_upstream_that_is_not_there(
    dcs_mirror: CommandLine, with_files: CommandLine, connection: Connection
) -> None:
    for told in (dcs_mirror, with_files):
        nowhere = told.but(DCS_API_URL="http://127.0.0.1:9/v3", DCS_NOW="2030-01-01")
        for finished in await asyncio.gather(nowhere("sync"), nowhere("refresh", "105"), nowhere("doctor")):
            assert_silent(finished)
    await assert_nothing_stored(connection)


@pytest.mark.parametrize(
    "settings",
    [
        {"DCS_DATABASE_URL": NOWHERE},
        {"DCS_DATABASE_URL": NOWHERE.replace("postgresql", "mysql")},
        {"DCS_DATABASE_URL": f"postgresql://mirror:{DATABASE_PASSWORD}@127.0.0.1:9/dcs"},
        {"DCS_DATABASE_URL": NOWHERE.replace(":9/", f":{KEY}/")},
        {"DCS_API_URL": f"https://{USERNAME}:{quote(PASSWORD, safe='')}@127.0.0.1:9/v3"},
        {"DCS_API_URL": f"https://127.0.0.1:9/v3?subscription-key={KEY}"},
        {"DCS_NOW": PASSWORD},
        {"DCS_RATE": KEY},
    ],
)
async def test_neither_does_a_setting_that_does_not_work(
    settings: dict[str, str], dcs_mirror: CommandLine, tmp_path: Path
) -> None:
    given = [dcs_mirror.but(**settings)]
    if url := settings.get("DCS_DATABASE_URL"):
        given.append(
            dcs_mirror.but(DCS_DATABASE_URL=None, **dict(_files(tmp_path, {"DCS_DATABASE_URL": url})))
        )
    for command_of in given:
        for finished in await asyncio.gather(*(command_of(*command) for command in COMMANDS)):
            assert_silent(finished)


async def test_a_password_that_postgresql_refuses_is_not_told(dcs_mirror: CommandLine, database: str) -> None:
    """A server that is there: the account or the database is not."""
    secret = quote(DATABASE_PASSWORD, safe="")
    place = database.partition("://")[2].rpartition("@")[2]
    for url in (
        f"postgresql://nobody_here:{secret}@{place}",
        f"postgresql://postgres:{secret}@{place}".replace("/dcs_test", "/not_there"),
    ):
        for command in (("sync",), ("migrate",), ("doctor",)):
            assert_silent(await dcs_mirror.but(DCS_DATABASE_URL=url)(*command))


async def test_a_process_list_shows_no_secret(dcs_mirror: CommandLine, connection: Connection) -> None:
    world = build_world(Sizes(institutions=2, courses=30, items=2), seed=5)
    async with running_sandbox(world, credentials=Credentials(USERNAME, PASSWORD), latency=0.05) as slow:
        own = dcs_mirror.but(DCS_API_URL=slow.base_url, DCS_CONCURRENCY="1").by_itself()
        process = await own.start("sync")
        assert process.stderr is not None
        async for line in process.stderr:
            if b"event=reading" in line:
                break
        shown = postmaster.command_line(process.pid)
        sessions = await connection.fetch(
            "SELECT a::text FROM pg_stat_activity AS a WHERE application_name = 'dcs-mirror'"
        )
        process.terminate()
        out, err = await process.communicate()
    assert b"dcs_mirror" in shown
    assert sessions
    seen = shown.decode() + out.decode() + err.decode() + "".join(row["a"] for row in sessions)
    for secret in SECRETS:
        assert secret not in seen


@asynccontextmanager
async def _listening(tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[str, list[str]]]:
    """A host that answers nothing useful; its address, and the calls that reached it."""
    calls: list[str] = []

    async def handle(request: web.BaseRequest) -> web.Response:
        calls.append(f"{request.raw_path} {request.headers}")
        return web.Response(status=500)

    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        yield f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}", calls
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_another_host_is_not_followed(
    status: int, dcs_mirror: CommandLine, front: FaultySandbox
) -> None:
    async with _listening() as (elsewhere, calls):
        for where in ("GetInstitutions", "GetCourses", "GetCourseContent"):
            front.faults = [Fault(where, status=status, headers={"Location": f"{elsewhere}/v3/{where}"})]
            finished = await dcs_mirror("sync")
            assert_silent(finished)
            assert f"HTTP {status}" in finished.out + finished.err
    assert calls == []


async def test_an_upstream_with_a_certificate_that_nobody_signed_is_refused(
    dcs_mirror: CommandLine, connection: Connection
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(SELF_SIGNED)
    async with _listening(tls) as (address, calls):
        finished = await dcs_mirror.but(DCS_API_URL=f"{address}/v3")("sync")
        assert_silent(finished)
        assert finished.code == 4
        (line,) = [line for line in finished.err.splitlines() if not line.startswith("timestamp=")]
        assert f"the TLS certificate of {address} is not trusted" in line
        assert_silent(await dcs_mirror.but(DCS_API_URL=f"{address}/v3")("doctor"))
    assert calls == []
    await assert_nothing_stored(connection)
