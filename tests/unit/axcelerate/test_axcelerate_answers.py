"""Tolerant reading of aXcelerate's answers (W2, W4): spellings, single objects, digits in texts, errors."""

import json
from datetime import date

import pytest

from dcs_mirror.axcelerate import answers as reading
from dcs_mirror.axcelerate.records import UnitUpdate
from dcs_mirror.errors import CallRefused, CredentialsRefused, Retryable, UpstreamError
from dcs_mirror.upstream.fields import Unreadable

UNIT = {"TYPE": "s", "ID": 7, "INSTANCEID": 8, "OUTCOMECODE": "20", "STARTDATE": "2026-03-01 00:00"}
CLASS = {"TYPE": "p", "CONTACTID": 1, "INSTANCEID": 2, "CODE": "HIS 1", "ACTIVITIES": [UNIT]}


@pytest.mark.parametrize(
    "answer",
    [
        [CLASS],
        CLASS,
        [{key.lower(): value for key, value in CLASS.items()}],
        [CLASS | {"CONTACTID": "1", "INSTANCEID": "2", "Type": "P"}],
        [CLASS | {"ACTIVITIES": UNIT}],
        [CLASS | {"ACTIVITIES": [{"TYPE": "el"}, UNIT | {"ACTIVITIES": [{"TYPE": "w", "ID": 9}]}]}],
        [CLASS | {"ACTIVITIES": {"TYPE": "p", "ACTIVITIES": UNIT | {"ACTIVITIES": None}}}],
        [CLASS | {"ACTIVITIES": [UNIT | {"OUTCOMECODE": None, "competent": 20}]}],
    ],
)
def test_w4_an_enrolment_is_read_in_any_of_its_forms(answer: object) -> None:
    ((enrolment,), rejected) = reading.enrolments(answer)
    assert rejected == 0
    assert (enrolment.contact_id, enrolment.instance_id, enrolment.type) == (1, 2, "p")
    (unit,) = enrolment.units()
    assert (unit.id, unit.instance_id, unit.competent, unit.start_date) == (7, 8, 20, date(2026, 3, 1))


def test_w4_unknown_and_unreadable_values_are_kept_under_their_keys() -> None:
    odd = CLASS | {"LEARNERID": 5, "STARTDATE": "soon", "ACTIVITIES": "", "NOTE": "\ud800"}
    ((enrolment,), _) = reading.enrolments([odd])
    assert enrolment.extra == {"LEARNERID": 5, "STARTDATE": "soon", "NOTE": "?"}
    assert (enrolment.start_date, enrolment.activities) == (None, [])


def test_w4_an_entry_without_its_ids_is_counted_and_the_others_are_read() -> None:
    page = reading.enrolments([CLASS, {"CONTACTID": 1}, "?", CLASS | {"INSTANCEID": "x"}])
    assert (len(page.enrolments), page.rejected) == (1, 3)


@pytest.mark.parametrize("answer", ["text", 5, True])
def test_w2_an_answer_that_is_not_a_list_is_retryable(answer: object) -> None:
    with pytest.raises(Retryable):
        reading.enrolments(answer)


def test_an_answer_nested_without_end_is_refused() -> None:
    nested: dict[str, object] = {}
    for _ in range(30):
        nested = {"ACTIVITIES": [nested]}
    with pytest.raises(Retryable, match="nested"):
        reading.enrolments([nested])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-01", date(2026, 3, 1)),
        ("2026-03-01 09:30", date(2026, 3, 1)),
        ("2026-03-01T09:30:00Z", date(2026, 3, 1)),
        ("13/3/2026", date(2026, 3, 13)),
        ("01/02/2026 10:00", date(2026, 2, 1)),
        (" ", None),
    ],
)
def test_dates_are_read_with_the_day_first(value: str, expected: date | None) -> None:
    assert reading.day(value) == expected


@pytest.mark.parametrize("value", ["soon", "30/2/2026", "2026-13-01", 20260301, "1/1/20261"])
def test_anything_else_is_not_a_date(value: object) -> None:
    with pytest.raises(Unreadable):
        reading.day(value)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ({"ERROR": True, "MESSAGES": "No such unit", "CODE": "412"}, CallRefused, "412: No such unit"),
        ({"error": "true", "messages": ["One", "two"], "code": 404}, CallRefused, '404: ["One", "two"]'),
        ({"ERROR": True, "MESSAGES": "Tokens", "CODE": "401"}, CredentialsRefused, "AXCELERATE_WS_TOKEN"),
        ({"ERROR": True, "CODE": 403}, CredentialsRefused, "AXCELERATE_API_TOKEN"),
        ({"ERROR": 1, "MESSAGES": "Busy", "CODE": "429"}, Retryable, "Busy"),
        ({"ERROR": True, "MESSAGES": None, "CODE": "500"}, Retryable, "answered 500"),
        ({"ERROR": "It broke\nbadly"}, CallRefused, "an error: It broke badly"),
        ({"ERROR": True, "MESSAGES": {"a": "\ud800"}}, CallRefused, "an error"),
        (
            {"DATA": "", "ERROR": True, "MESSAGES": "Invalid", "CODE": "0", "DETAILS": "competent: 21"},
            CallRefused,
            "an error: Invalid (competent: 21)",
        ),
        ({"ERROR": True, "DETAILS": ["unit 7", "class 2"]}, CallRefused, 'an error: ["unit 7", "class 2"]'),
        ({"ERROR": True, "MESSAGES": "No such unit", "DETAILS": {}}, CallRefused, "error: No such unit"),
        ([{"ERROR": True, "MESSAGES": "In a list", "CODE": "412"}], CallRefused, "412: In a list"),
        ({"SUCCESS": False, "MESSAGE": "Locked"}, CallRefused, "Locked"),
        ({"success": "no"}, CallRefused, "an error"),
        ({"STATUS": "error", "MSG": "?"}, CallRefused, "an error"),
        ({"STATUS": "Failed", "MESSAGE": "Enrolment is locked"}, CallRefused, "Enrolment is locked"),
        ({"ERROR": False, "CODE": "412", "MESSAGES": "Refused"}, CallRefused, "412: Refused"),
        ({"ERRORS": [{"field": "competent"}]}, CallRefused, "competent"),
        ({"ERRORMSG": "No right"}, CallRefused, "No right"),
    ],
)
def test_w2_an_error_is_recognised_whatever_its_http_status(
    answer: object, kind: type[UpstreamError], words: str
) -> None:
    with pytest.raises(kind) as raised:
        reading.parsed(json.dumps(answer).encode())
    assert type(raised.value) is kind
    assert words in str(raised.value)
    str(raised.value).encode()


@pytest.mark.parametrize(
    "answer",
    [
        *([], {}, {"ERROR": False, "ID": 1}, {"ERROR": ""}, {"ERROR": None}, {"SUCCESS": "true"}),
        *(
            {"STATUS": "Failed", "CODE": "HIS 1"},
            {"ERRORS": [], "ERRORMSG": ""},
            {"CODE": 500, "NAME": "A unit"},
        ),
    ],
)
def test_an_answer_without_an_error_is_returned(answer: object) -> None:
    assert reading.parsed(json.dumps(answer).encode()) == answer


@pytest.mark.parametrize("body", [b"<html>", b"[", b"\xff", b""])
def test_w2_an_answer_that_is_not_json_is_retryable(body: bytes) -> None:
    with pytest.raises(Retryable, match="not JSON"):
        reading.parsed(body)


def test_a_report_is_read_by_display_names_and_by_references() -> None:
    rows = [
        {
            "Contact ID": "1",
            "Module Enrolment ID": 5,
            "Start Date": "1/2/2026",
            "Enrolment ID": 6,
            "Other": 1,
        },
        {"contacts.contactid": 1, "learningmoduleenrolments.moduleenrolmentid": "7", "classes.classid": 2},
        {"Contact ID": 1},
    ]
    page = reading.report({"Data": rows, "Count": "3", "Success": True, "ErrorMsg": ""})
    assert (page.rejected, page.total) == (1, 3)
    first, second = page.rows
    assert (first.module_enrolment_id, first.enrol_id, first.start_date) == (5, 6, date(2026, 2, 1))
    assert first.extra == {"Other": 1}
    assert (second.module_enrolment_id, second.contact_id, second.class_id) == (7, 1, 2)


def test_a_failed_report_and_an_answer_that_is_not_a_report_are_errors() -> None:
    with pytest.raises(CallRefused, match="Unknown field"):
        reading.report({"DATA": [], "SUCCESS": False, "ERRORMSG": "Unknown field"})
    answers: list[object] = [[], {"ROWS": []}, None]
    for answer in answers:
        with pytest.raises(Retryable):
            reading.report(answer)


@pytest.mark.parametrize(
    ("wanted", "is_shown"),
    [
        ({"competent": 20}, True),
        ({"competent": 30}, False),
        ({"start_date": date(2026, 3, 1)}, True),
        ({"competent": 20, "start_date": date(2026, 3, 2)}, False),
        ({"end_date": date(2026, 3, 1)}, False),
    ],
)
def test_an_update_is_made_if_all_its_values_are_shown(wanted: dict[str, object], is_shown: bool) -> None:
    ((enrolment,), _) = reading.enrolments([CLASS])
    (unit,) = enrolment.units()
    ids = {"contact_id": 1, "class_id": 2, "unit_id": 7}
    assert UnitUpdate(**ids | wanted).is_shown_by(unit) is is_shown  # type: ignore[arg-type]  # as the table says


@pytest.mark.parametrize("answer", [None, {}, [], {"ID": 7}, True, "Success", "OK.", "updated"])
def test_a6_an_answer_that_says_nothing_else_makes_an_update(answer: object) -> None:
    reading.updated(answer)


@pytest.mark.parametrize("answer", [False, 0, 7, "failure", "You may not update this enrolment"])
def test_a6_an_answer_that_does_not_say_success_makes_no_update(answer: object) -> None:
    with pytest.raises(CallRefused, match="does not say that it was made"):
        reading.updated(answer)


@pytest.mark.parametrize(
    ("status", "counts", "is_known"),
    [
        *((None, True, True), ("In Progress", True, True), ("BOOKED", True, True), ("Completed", True, True)),
        *(("Tentative", False, True), ("tentatively booked", False, True), ("Cancelled", False, True)),
        *(("Canceled by admin", False, True), ("WITHDRAWN", False, True), ("withdrew", False, True)),
        *(
            ("Incomplete", True, True),
            ("Not-Started", True, True),
            ("Frozen", True, False),
            (" ", True, True),
        ),
    ],
)
def test_an_enrolment_counts_by_its_status(status: str | None, counts: bool, is_known: bool) -> None:
    ((enrolment,), _) = reading.enrolments([CLASS | {"STATUS": status}])
    assert (enrolment.counts, enrolment.unknown_status is None) == (counts, is_known)


def test_an_enrolment_with_the_outcome_withdrawn_does_not_count() -> None:
    ((enrolment,), _) = reading.enrolments([CLASS | {"STATUS": "In Progress", "OUTCOMECODE": "40"}])
    assert not enrolment.counts
