"""The emulated aXcelerate over HTTP: what each call answers, refuses and changes."""

import json
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import aiohttp
import pytest

from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, parse_script, running_sandbox
from dcs_mirror.sandbox.axcelerate import RecordSizes, build_records
from dcs_mirror.sandbox.axcelerate.render import FIELDS

TOKENS = {"apitoken": "sandbox", "wstoken": "sandbox"}
FIRST = next(iter(build_records(["HIS 1"]).enrolments.values()))
CONTACT, CLASS, UNIT = FIRST.contact.id, FIRST.taught.id, next(iter(FIRST.units))
ONE_UNIT: dict[str, Any] = {"contactID": CONTACT, "instanceID": UNIT, "programInstanceID": CLASS, "type": "s"}


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    world = build_world(Sizes(institutions=1, courses=1, items=1))
    async with running_sandbox(world, records=build_records(["HIS 1"])) as running:
        yield running


async def ask(sandbox: RunningSandbox, verb: str, path: str, status: int = 200, **given: object) -> Any:
    """The answer to a call; its parameters are sent in the query of a GET, else as a form."""
    values = {name: str(value) for name, value in given.items()}
    options: dict[str, Any] = {"params": values} if verb == "GET" else {"data": values}
    async with (
        aiohttp.ClientSession(headers=TOKENS) as session,
        session.request(verb, sandbox.axcelerate_url + path, **options) as response,
    ):
        answer = await response.json()
        assert response.status == status, answer
        return answer


async def test_a_class_enrolment_holds_its_units_and_their_workshops(sandbox: RunningSandbox) -> None:
    (found,) = await ask(sandbox, "GET", "/course/enrolments", contactId=CONTACT, instanceId=CLASS, type="p")
    assert (found["CONTACTID"], found["INSTANCEID"], found["CODE"]) == (CONTACT, CLASS, "HIS 1")
    assert [unit["ID"] for unit in found["ACTIVITIES"]] == list(FIRST.units)
    assert all(unit["ID"] != unit["INSTANCEID"] for unit in found["ACTIVITIES"])
    assert [type(unit["ACTIVITIES"]) for unit in found["ACTIVITIES"][:3]] == [type(None), dict, list]


async def test_enrolments_come_in_pages_without_units(sandbox: RunningSandbox) -> None:
    pages = [
        await ask(sandbox, "GET", "/course/enrolments", offset=offset, limit=25) for offset in (0, 25, 50, 75)
    ]
    assert [len(page) for page in pages] == [25, 25, 10, 0]
    assert "ACTIVITIES" not in pages[0][0]
    assert len({entry["ENROLID"] for page in pages for entry in page}) == 60


async def test_a_unit_is_set_and_counted(sandbox: RunningSandbox) -> None:
    await ask(sandbox, "PUT", "/course/enrolment", **ONE_UNIT, competent=20, activityStartDate="2026-03-01")
    await ask(sandbox, "PUT", "/course/enrolment", **ONE_UNIT, activityEndDate="2026-04-01")
    held = sandbox.records.enrolments[CONTACT, CLASS].units[UNIT]
    assert (held.outcome, held.start, held.finish) == (20, date(2026, 3, 1), date(2026, 4, 1))
    assert held.updates == 2


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"contactID": 1}, "not enrolled in class"),
        ({"instanceID": FIRST.units[UNIT].unit.instance_id}, "not enrolled in unit"),
        ({"programInstanceID": ""}, "programinstanceid is required"),
        ({"type": "p"}, "type"),
        ({"competent": 21}, "competent"),
        ({"activityStartDate": "2026-02-30"}, "YYYY-MM-DD"),
        ({"activityEndDate": "1/2/2026"}, "YYYY-MM-DD"),
        ({"contactID": "x"}, "must be a number"),
    ],
)
async def test_an_invalid_update_is_refused_as_axcelerate_does(
    sandbox: RunningSandbox, wrong: dict[str, object], word: str
) -> None:
    answer = await ask(sandbox, "PUT", "/course/enrolment", 412, **ONE_UNIT | wrong)
    assert (answer["ERROR"], answer["CODE"]) == (True, "412")
    assert word in answer["MESSAGES"]
    assert not any(held.updates for _, held in sandbox.records.unit_enrolments())


async def test_the_report_shows_chosen_fields_of_chosen_modules(sandbox: RunningSandbox) -> None:
    chosen = [
        {"name": "learningmoduleenrolments.statusid", "value": "1,2", "operator": "text IN"},
        {"name": "classes.classid", "value": str(CLASS), "operator": "IN"},
    ]
    answer = await ask(
        sandbox,
        "POST",
        "/report/run",
        reportReference="learningModuleEnrolments",
        selectedViewFields="contacts.contactid,learningmoduleenrolments.status",
        selectedFilterFields=json.dumps(chosen),
    )
    assert (answer["SUCCESS"], answer["ERRORMSG"]) == (True, "")
    assert {row["Status"] for row in answer["DATA"]} == {"Enrolled", "In Progress"}
    assert all(set(row) == {"Contact ID", "Status"} for row in answer["DATA"])
    assert answer["COUNT"] == len(answer["DATA"]) > 0


async def test_the_report_lists_its_fields_and_statuses(sandbox: RunningSandbox) -> None:
    fields = await ask(sandbox, "GET", "/report/fields", reportReference="learningModuleEnrolments")
    assert {field["REFERENCE"] for field in fields} == set(FIELDS)
    field = await ask(sandbox, "GET", "/report/field", fieldReference="learningmoduleenrolments.statusid")
    assert {"VALUE": 1, "DISPLAY": "Enrolled"} in field["OPTIONS"]


async def test_a_module_is_unlocked_locked_and_cleared(sandbox: RunningSandbox) -> None:
    enrolment = sandbox.records.enrolments[CONTACT, CLASS]
    module = next(iter(enrolment.modules.values()))
    one = {"contactId": CONTACT, "enrolId": enrolment.id, "classId": CLASS, "moduleEnrolmentId": module.id}
    for given, held in (("true", True), ("false", False), ("", None)):
        answer = await ask(
            sandbox,
            "PUT",
            "/v2/learningPlan/modules/enrolments",
            **one,
            accessOverride=given,
            useCache="false",
        )
        assert answer["accessOverride"] is module.override is held
    await ask(sandbox, "PUT", "/v2/learningPlan/modules/enrolments", **one, endDate="2026-12-01")
    assert (module.end, module.override, module.updates) == (date(2026, 12, 1), None, 4)


async def test_wrong_tokens_and_unknown_calls_are_refused(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await ask(sandbox, "GET", "/no/such", 404))["ERROR"] is True
    monkeypatch.setitem(TOKENS, "wstoken", "stale")
    assert (await ask(sandbox, "PUT", "/course/enrolment", 401, **ONE_UNIT, competent=20))["CODE"] == "401"
    assert not any(held.updates for _, held in sandbox.records.unit_enrolments())


@pytest.mark.parametrize("taken", [True, False])
async def test_a_fault_occurs_before_or_after_the_call_is_carried_out(
    sandbox: RunningSandbox, taken: bool
) -> None:
    script = [{"kind": "status", "status": 502, "method": "update-unit", "taken": taken}]
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{sandbox.control_url}/faults", json=script) as response:
            assert response.status == 200
        async with session.put(
            f"{sandbox.axcelerate_url}/course/enrolment", data=ONE_UNIT | {"competent": 20}, headers=TOKENS
        ) as response:
            assert response.status == 502
        async with session.get(f"{sandbox.control_url}/axcelerate") as response:
            enrolments = (await response.json())["unit_enrolments"]
    assert sum(unit["updates"] for unit in enrolments) == int(taken)


async def test_faults_in_contents_leave_a_bare_list_as_it_is() -> None:
    kinds = ("wrong-total", "empty", "duplicate", "no-ids")
    script = json.dumps([{"kind": kind, "times": 1} for kind in kinds]).encode()
    async with running_sandbox(build_world(Sizes(1, 1, 1)), faults=parse_script(script)) as sandbox:
        answers = [await ask(sandbox, "GET", "/course/enrolments", limit=3) for _ in (*kinds, "none")]
    assert all(answer == answers[-1] for answer in answers)


def test_the_same_seed_makes_the_same_records() -> None:
    codes = [f"C{number}" for number in range(8)]
    sizes = RecordSizes(contacts=20)
    assert build_records(codes, sizes, seed=3).truth() == build_records(codes, sizes, seed=3).truth()
    assert build_records(codes, sizes, seed=3).truth() != build_records(codes, sizes, seed=4).truth()
    assert len(build_records(codes, sizes).classes) == 10
