"""Requests from the command line: what is sent, what is refused, and what the mirror then knows."""

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sandbox.model import Course
from tests.support.command import CommandLine
from tests.support.writing import BOOK, item_row, told, unsettled, written


async def test_a7_a_submitted_request_is_in_the_mirror_at_once(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str, connection: Connection
) -> None:
    finished = await dcs_mirror("submit-request", hei, *BOOK, "--course", course.code, "--json")
    assert finished.code == 0, finished
    request_id = finished.json["request_id"]
    assert sandbox.world.items[request_id].course is course
    row = await item_row(connection, request_id)
    assert (row["title"], row["page_range"], row["content_status"]) == ("Emma", "1-20", "New Request")
    (call,) = (await dcs_mirror("calls", "--json")).json
    assert (call["state"], call["request_id"]) == ("answered", request_id)
    assert call["parameters"] == finished.json["sent"]
    listed = (await dcs_mirror("calls")).out
    assert "SubmitRequest" in listed
    assert "Jo Example" not in listed + finished.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--email", "jo"), "email: is not an email address"),
        (("--page-range", ""), "page range: is empty"),
        (("--volume", "3"), "volume: is only for a journal"),
        (("--course", " "), "course code: is empty"),
    ],
)
async def test_a2_what_the_dcs_would_refuse_is_not_sent(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, options: tuple[str, ...], words: str
) -> None:
    finished = await dcs_mirror("submit-request", hei, *BOOK, *options)
    assert finished.code == 2
    assert words in told(finished)
    assert written(sandbox) == 0


async def test_dates_are_sent_in_rfc_3339_and_read_in_uk_time(dcs_mirror: CommandLine, hei: str) -> None:
    dates = ("--needed-by", "2026-07-01T09:00", "--course-start", "2026-09-21T00:00:00Z")
    sent = (await dcs_mirror("submit-request", hei, *BOOK, *dates, "--dry-run", "--json")).json["sent"]
    assert sent["DeliveryDate"] == "2026-07-01T09:00:00+01:00"
    assert sent["CourseStartDate"] == "2026-09-21T00:00:00+00:00"
    assert (await dcs_mirror("submit-request", hei, *BOOK, "--needed-by", "soon")).code == 2


async def test_a_dry_run_sends_and_records_nothing(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str
) -> None:
    finished = await dcs_mirror("submit-request", hei, *BOOK, "--dry-run")
    assert finished.code == 0
    assert "  Title: Emma\n" in finished.out
    assert (await dcs_mirror("calls", "--json")).json == []
    assert sandbox.stats.methods.total() == 0


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("DCS_CONCURRENCY", "0"),
        ("DCS_API_URL", "ftp://dcs"),
        ("DCS_NOW", "soon"),
        ("DCS_DATABASE_URL", "mysql://localhost/dcs"),
        ("DCS_API_PASSWORD", None),
    ],
)
@pytest.mark.parametrize("how", [(), ("--dry-run",)])
async def test_an_invalid_setting_stops_a_request_even_if_nothing_is_sent(
    dcs_mirror: CommandLine,
    sandbox: RunningSandbox,
    hei: str,
    setting: str,
    value: str | None,
    how: tuple[str],
) -> None:
    finished = await dcs_mirror.but(**{setting: value})("submit-request", hei, *BOOK, *how)
    assert (finished.code, setting in told(finished), finished.out) == (2, True, "")
    assert sandbox.stats.methods.total() == 0


async def test_a_dry_run_of_a_request_needs_no_database_and_no_credentials(
    dcs_mirror: CommandLine, hei: str
) -> None:
    nowhere = dcs_mirror.but(
        DCS_DATABASE_URL="postgresql://127.0.0.1:1/none", DCS_API_USERNAME=None, DCS_API_PASSWORD=None
    )
    assert (await nowhere("submit-request", hei, *BOOK, "--dry-run")).code == 0


async def test_a_request_needs_a_mirror_that_exists(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str, empty_database: str
) -> None:
    empty = dcs_mirror.but(DCS_DATABASE_URL=empty_database)
    for about in ((), ("--course", course.code)):
        finished = await empty("submit-request", hei, *BOOK, *about)
        assert (finished.code, "dcs-mirror migrate" in told(finished)) == (4, True)
    assert written(sandbox) == 0


async def test_a6_a_refusal_is_told_and_recorded(dcs_mirror: CommandLine, hei: str) -> None:
    finished = await dcs_mirror("submit-request", hei, *BOOK, "--course", "No such")
    assert finished.code == 1
    assert "Course not found" in told(finished)
    (call,) = (await dcs_mirror("calls", "--json")).json
    assert call["state"] == "refused"
    assert "Course not found" in call["error"]
    assert await unsettled(dcs_mirror) == []
