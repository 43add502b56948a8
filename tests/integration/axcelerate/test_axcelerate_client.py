"""The client of aXcelerate over real HTTP, against the emulation and against misbehaving servers."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import pytest
import stamina
from aiohttp import web

from dcs_mirror.axcelerate import settings, units
from dcs_mirror.axcelerate.classes import Period, class_sizes
from dcs_mirror.axcelerate.client import ATTEMPTS, AxcelerateClient
from dcs_mirror.axcelerate.records import ModuleUpdate, UnitUpdate
from dcs_mirror.clock import Clock
from dcs_mirror.errors import CallRefused, CredentialsRefused, Retryable, UpstreamError
from dcs_mirror.sandbox import (
    RecordSizes,
    RunningSandbox,
    Sizes,
    build_records,
    build_world,
    parse_script,
    running_sandbox,
)
from tests.support.axcelerate import settings_for, updates

RECORDS = build_records(["HIS 1", "R&D#2", "ART 3", "LAW 4"])
FIRST = next(iter(RECORDS.enrolments.values()))
CONTACT, CLASS, UNIT = FIRST.contact.id, FIRST.taught.id, next(iter(FIRST.units))
WANTED = UnitUpdate(
    contact_id=CONTACT, class_id=CLASS, unit_id=UNIT, competent=20, end_date=date(2026, 6, 30)
)
EVER = Period(date.min, date.max)

API_TOKEN, WS_TOKEN = "Zebra7&1", "okapi-91c2e0"

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    with stamina.set_testing(testing=True, attempts=ATTEMPTS, cap=True):
        yield


@asynccontextmanager
async def emulated(
    script: str = "[]", **others: object
) -> AsyncIterator[tuple[RunningSandbox, AxcelerateClient]]:
    """A fresh emulation with a script of faults, and a client of it."""
    records = build_records(["HIS 1", "R&D#2", "ART 3", "LAW 4"])
    faults = parse_script(script.encode())
    async with (
        running_sandbox(build_world(Sizes(1, 1, 1)), records=records, faults=faults) as sandbox,
        AxcelerateClient(settings_for(sandbox, **others), Clock()) as client,
    ):
        yield sandbox, client


@asynccontextmanager
async def served(handle: Handler) -> AsyncIterator[AxcelerateClient]:
    """A client of a server that answers with ``handle``."""
    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/api"
    chosen = settings.load(url=address, api_token=API_TOKEN, ws_token=WS_TOKEN, rate=0)
    try:
        async with AxcelerateClient(chosen, Clock()) as client:
            yield client
    finally:
        await runner.cleanup()


async def test_a_students_units_in_a_class_are_read() -> None:
    async with emulated() as (_, client):
        (enrolment,) = await client.class_enrolments(CONTACT, CLASS)
        assert [unit.id for unit in enrolment.units()] == list(FIRST.units)
        assert {unit.competent for unit in enrolment.units()} == {85}
        assert enrolment.start_date == FIRST.taught.start
        assert await client.class_enrolments(1, CLASS) == []


async def test_a_module_is_read_unlocked_and_freed() -> None:
    async with emulated() as (sandbox, client):
        found = await client.module_enrolments(CONTACT, CLASS, statuses=(1, 2, 3, 4))
        held = sandbox.records.enrolments[CONTACT, CLASS]
        assert [m.module_enrolment_id for m in found] == list(held.modules)
        assert (found[0].enrol_id, found[0].start_date) == (held.id, FIRST.taught.start)
        assert found[0].extra == {}
        module = held.modules[found[0].module_enrolment_id]
        update = ModuleUpdate(
            contact_id=CONTACT,
            enrol_id=held.id,
            class_id=CLASS,
            module_enrolment_id=module.id,
            access="locked",
        )
        assert (await client.update_module(update))["accessOverride"] is False
        await client.update_module(
            ModuleUpdate(
                contact_id=CONTACT,
                enrol_id=held.id,
                class_id=CLASS,
                module_enrolment_id=module.id,
                end_date=date(2026, 12, 1),
            )
        )
        assert (module.override, module.end, module.start) == (False, date(2026, 12, 1), FIRST.taught.start)
        assert (await client.module_statuses())["REFERENCE"] == "learningmoduleenrolments.statusid"
        assert len(await client.module_fields()) == 14


async def test_only_modules_of_the_wanted_statuses_are_requested() -> None:
    async with emulated() as (_, client):
        by_status = [await client.module_enrolments(CONTACT, CLASS, statuses=(n,)) for n in (1, 2, 3, 4)]
        assert sum(map(len, by_status)) == len(FIRST.modules)
        assert {m.status for found in by_status[:2] for m in found} <= {"Enrolled", "In Progress"}


async def test_students_are_counted_once_in_each_class_and_not_if_they_withdrew() -> None:
    async with emulated() as (_, client):
        found = await class_sizes(client, EVER)
    assert client.requests == 3  # two pages of 100 and 20, and one that is empty
    present = [e for e in RECORDS.enrolments.values() if not e.withdrawn]
    assert 0 < len(present) < len(RECORDS.enrolments)
    assert [size[:4] for size in found] == [
        (c.class_code, c.id, c.code, sum(e.taught.id == c.id for e in present))
        for c in RECORDS.classes.values()
    ]


async def test_only_classes_that_run_in_the_period_are_counted() -> None:
    def entry(
        contact: int, class_id: int, start: str | None, finish: str | None, **more: str
    ) -> dict[str, Any]:
        dates = {"STARTDATE": start, "FINISHDATE": finish}
        return {"TYPE": "p", "CONTACTID": contact, "INSTANCEID": class_id, "CODE": "A"} | dates | more

    entries = [
        entry(1, 11, "2026-02-02 09:00", "2026-06-08 17:00"),
        entry(2, 11, "2026-02-02 09:00", "2026-06-08 17:00"),
        entry(3, 11, "2026-02-02 09:00", "2026-06-07 17:00"),
        entry(4, 11, "2026-02-02 09:00", "2026-06-08 17:00", STATUS="Withdrawn"),
        entry(1, 12, "2021-02-02", "2021-06-08"),
        entry(2, 13, "2026-06-09", "2026-10-26"),
        entry(2, 14, "2026-02-02", None),
        entry(2, 15, None, "2026-06-07"),
        entry(2, 16, None, None),
        entry(3, 17, "2026-06-08", "2026-06-08", STATUS="Withdrawn"),
        entry(4, 14, None, None, STATUS="Withdrawn"),
        entry(4, 18, None, None, STATUS="Withdrawn"),
    ]

    async def handle(_: web.BaseRequest) -> web.Response:
        return web.json_response(entries)

    async with served(handle) as client:
        found = await class_sizes(client, Period(date(2026, 6, 8), date(2026, 6, 8)))
    assert [(size.class_id, size.students, size.undated) for size in found] == [
        (11, 2, 0),
        (12, None, 0),
        (13, None, 0),
        (14, 1, 0),
        (15, None, 0),
        (16, None, 1),
        (17, 0, 0),
        (18, None, 0),
    ]


async def test_a_server_that_ignores_the_offset_is_read_once() -> None:
    entry = {"TYPE": "p", "CONTACTID": 1, "INSTANCEID": 2}

    async def handle(_: web.BaseRequest) -> web.Response:
        return web.json_response(
            [entry, entry, entry | {"CONTACTID": 3}, entry | {"TYPE": "w", "CONTACTID": 4}]
        )

    async with served(handle) as client:
        assert [e.contact_id async for e in client.all_class_enrolments()] == [1, 3]
        assert client.requests == 2
        assert [e.contact_id for e in await client.class_enrolments(3, 2)] == [3]


async def test_a_page_without_a_class_enrolment_does_not_end_the_list() -> None:
    entries = [
        {"TYPE": kind, "CONTACTID": contact, "INSTANCEID": 2}
        for kind, contacts in (("p", range(1, 101)), ("w", range(1, 101)), ("p", range(101, 151)))
        for contact in contacts
    ]

    async def handle(request: web.BaseRequest) -> web.Response:
        offset, limit = int(request.query["offset"]), int(request.query["limit"])
        return web.json_response(entries[offset : offset + limit])

    async with served(handle) as client:
        found = [e.contact_id async for e in client.all_class_enrolments()]
        assert (found, client.requests) == (list(range(1, 151)), 4)


async def test_c1_enrolments_without_ids_are_an_error_and_not_left_out_of_the_count() -> None:
    async def handle(_: web.BaseRequest) -> web.Response:
        return web.json_response([{"TYPE": "p", "CONTACTID": 1, "INSTANCEID": 2}, {"TYPE": "p"}])

    async with served(handle) as client:
        with pytest.raises(CallRefused, match="1 enrolments without contact or class id"):
            await class_sizes(client, EVER)


async def test_w6_a_report_is_read_in_pages_and_one_that_was_cut_is_refused() -> None:
    offsets = []

    async def handle(request: web.BaseRequest) -> web.Response:
        offset = int((await request.post()).get("offset", 0))  # type: ignore[arg-type]  # a text, in a form
        offsets.append(offset)
        rows = [{"Module Enrolment ID": number} for number in range(offset + 1, min(offset + 3, 6))]
        return web.json_response({"DATA": rows, "COUNT": total, "SUCCESS": True, "ERRORMSG": ""})

    async with served(handle) as client:
        total = 5
        found = await client.module_enrolments(1, 2)
        assert ([m.module_enrolment_id for m in found], offsets) == ([1, 2, 3, 4, 5], [0, 2, 4])
        total = 9
        with pytest.raises(Retryable, match="announces 9 rows and holds 5"):
            await client.module_enrolments(1, 2)


@pytest.mark.parametrize(
    ("fault", "taken"),
    [
        ('{"kind": "status", "status": 500, "taken": false}', False),
        ('{"kind": "status", "status": 502}', True),
        ('{"kind": "status", "status": 429, "retry_after": 0, "taken": false}', False),
        ('{"kind": "reset", "taken": false}', False),
        ('{"kind": "reset"}', True),
        ('{"kind": "reset", "at": "body"}', True),
        ('{"kind": "cut"}', True),
        ('{"kind": "half-json"}', True),
        ('{"kind": "gzip-plain"}', True),
        ('{"kind": "hang"}', True),
        ('{"kind": "hang", "taken": false}', False),
    ],
)
async def test_a6_an_unanswered_update_is_made_once(fault: str, *, taken: bool) -> None:
    script = f'[{fault[:-1]}, "method": "update-unit", "times": 1}}]'
    async with emulated(script, timeout=0.2) as (sandbox, client):
        await client.class_enrolments(CONTACT, CLASS)  # the connection that breaks has been used before
        await units.update(client, WANTED)
        held = sandbox.records.enrolments[CONTACT, CLASS].units[UNIT]
        assert (held.outcome, held.finish, held.updates) == (20, date(2026, 6, 30), 1)
        assert updates(sandbox.records)[1] == 1
        assert sandbox.stats.methods["update-unit"] == (1 if taken else 2)
        assert client.requests == sandbox.stats.methods.total()


async def test_a6_an_update_in_doubt_is_read_before_it_is_made() -> None:
    async with emulated() as (sandbox, client):
        for _ in range(2):
            await units.update(client, WANTED, in_doubt=True)
        assert sandbox.stats.methods == {"enrolments": 2, "update-unit": 1}


async def test_a6_an_update_in_doubt_that_is_not_found_and_then_refused_is_refused() -> None:
    lost = '{"kind": "status", "status": 502, "taken": false, "times": 1, "method": "update-unit"}'
    no = '{"kind": "status", "status": 400, "method": "update-unit"}'
    async with emulated(f"[{lost}, {no}]") as (sandbox, client):
        with pytest.raises(CallRefused, match="400"):
            await units.update(client, WANTED)
        assert sandbox.stats.methods == {"enrolments": 1, "update-unit": 2}


async def test_an_update_that_is_never_answered_takes_all_attempts_and_stays_in_doubt() -> None:
    async with emulated('[{"kind": "status", "status": 503}]') as (sandbox, client):
        with pytest.raises(Retryable, match="503"):
            await units.update(client, WANTED)
        assert sandbox.stats.methods.total() == ATTEMPTS


async def test_a_refusal_is_raised_and_not_retried() -> None:
    async with emulated() as (sandbox, client):
        wrong = UnitUpdate(contact_id=CONTACT, class_id=CLASS, unit_id=1, competent=20)
        with pytest.raises(CallRefused, match="412: The contact is not enrolled in unit 1"):
            await units.update(client, wrong)
        assert sandbox.stats.methods.total() == 1


async def test_refused_tokens_end_the_run_after_one_call() -> None:
    async with emulated(ws_token="stale") as (sandbox, client):
        with pytest.raises(CredentialsRefused, match="AXCELERATE_WS_TOKEN") as refused:
            await client.class_enrolments(CONTACT, CLASS)
        assert "stale" not in str(refused.value)
        assert sandbox.stats.methods.total() == 1


async def test_w2_headers_of_many_kilobytes_are_read_and_longer_ones_told_as_such() -> None:
    size = 60_000

    async def handle(_: web.BaseRequest) -> web.Response:
        return web.Response(text="[]", headers={"Content-Security-Policy": "a" * size})

    async with served(handle) as client:
        assert await client.class_enrolments(1, 2) == []
        size = 70_000
        with pytest.raises(Retryable, match="a header of more than 65536 bytes"):
            await client.class_enrolments(1, 2, attempts=1)


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (404, "<html>", CallRefused, "404: http://127.0.0.1"),
        (302, "", CallRefused, "AXCELERATE_URL"),
        (400, '{"ERROR": true, "MESSAGES": "No", "CODE": "400"}', CallRefused, "400: No"),
        (500, '{"ERROR": true, "MESSAGES": "Broke", "CODE": "500"}', Retryable, "500: Broke"),
        (200, '{"ERROR": true, "MESSAGES": "No", "CODE": "412"}', CallRefused, "412: No"),
        (200, "5", Retryable, "no list"),
    ],
)
async def test_w2_any_other_answer_is_a_readable_error(
    status: int, body: str, kind: type[UpstreamError], words: str
) -> None:
    async def handle(_: web.BaseRequest) -> web.Response:
        return web.Response(status=status, text=body)

    async with served(handle) as client:
        with pytest.raises(kind, match=words):
            await client.class_enrolments(1, 2)
        assert client.requests == (ATTEMPTS if kind is Retryable else 1)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, '{"ERROR": true, "MESSAGES": "apitoken %s", "CODE": "412"}'),
        (200, '{"ERROR": true, "MESSAGES": {"wstoken": "%s"}, "CODE": "403"}'),
        (400, '{"MESSAGES": "No %s"}'),
        (401, '{"MESSAGES": "No %s"}'),
        (500, '{"MESSAGES": "No %s"}'),
        (200, "<html>apitoken: %s"),
        (200, '{"SUCCESS": false, "ERRORMSG": "no session for %s"}'),
    ],
)
@pytest.mark.parametrize("token", [API_TOKEN, WS_TOKEN])
async def test_no_error_repeats_a_token_that_an_answer_repeats(status: int, body: str, token: str) -> None:
    async def handle(_: web.BaseRequest) -> web.Response:
        return web.Response(status=status, text=body % token)

    async with served(handle) as client:
        for call in (client.module_enrolments(1, 2), client.update_unit(WANTED), client.module_fields()):
            text = await _error_text(call)
            assert token not in text
            assert token[:5] not in text


async def _error_text(call: Awaitable[object]) -> str:
    try:
        return str(await call)
    except CredentialsRefused as error:
        return str(error).removesuffix("; check AXCELERATE_API_TOKEN and AXCELERATE_WS_TOKEN")
    except UpstreamError as error:
        return str(error)


async def test_parameters_are_sent_as_the_api_guide_says() -> None:
    asked: list[Any] = []

    async def handle(request: web.BaseRequest) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        asked.append((request.method, request.path, dict(request.query), form))
        assert (request.headers["apitoken"], request.headers["wstoken"]) == (API_TOKEN, WS_TOKEN)
        return web.json_response([])

    async with served(handle) as client:
        await client.class_enrolments(1, 2)
        await client.update_unit(UnitUpdate(contact_id=1, class_id=2, unit_id=3, start_date=date(2026, 3, 1)))
        await client.update_module(
            ModuleUpdate(contact_id=1, enrol_id=4, class_id=2, module_enrolment_id=5, access="clear")
        )
    module = {"contactId": "1", "enrolId": "4", "classId": "2", "moduleEnrolmentId": "5", "useCache": "false"}
    unit = {"contactId": "1", "instanceId": "3", "programInstanceId": "2", "type": "s"}
    assert asked == [
        ("GET", "/api/course/enrolments", {"contactId": "1", "instanceId": "2", "type": "p"}, {}),
        ("PUT", "/api/course/enrolment", {}, unit | {"activityStartDate": "2026-03-01"}),
        ("PUT", "/api/v2/learningPlan/modules/enrolments", {}, module | {"accessOverride": ""}),
    ]


def test_the_records_are_large_enough_to_need_two_pages() -> None:
    assert len(build_records(["A"], RecordSizes(classes_each=1)).enrolments) == 60
    assert len(RECORDS.enrolments) == 120
