"""Two submissions that ask for the same thing are recognised, however they are spelled (A6)."""

from datetime import UTC, datetime, timedelta

import pytest

from dcs_mirror.writes import duplicates
from dcs_mirror.writes.duplicates import Candidate, HeldRequest, Work, rank_candidates, repeated, repeats

EMMA = {"CourseCode": "ART 7", "Title": "Emma Woodhouse", "PageRange": "1-20"}
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({}, True),
        ({"Title": " emma  WOODHOUSE"}, True),
        ({"PageRange": "1 \N{EN DASH} 20"}, True),
        ({"Notes": "in a hurry", "EmailAddress": "other@example.ac.uk"}, True),
        ({"ExtractTitle": "Chapter 1"}, True),
        ({"CourseCode": "art 7"}, True),
        ({"PageRange": "21-40"}, False),
        ({"Title": "Persuasion"}, False),
        ({"CourseCode": "ART 8"}, False),
    ],
)
def test_a6_a_request_is_the_same_by_course_work_and_extract(changed: dict[str, str], same: bool) -> None:
    assert repeats("SubmitRequest", EMMA | changed, EMMA) is same
    assert repeats("SubmitRequest", EMMA, EMMA | changed) is same


def test_a6_a_work_is_known_by_its_number_too() -> None:
    by_number = {"ISN": "978-0-00-000000-2", "Title": "Emma"}
    assert repeats("SubmitRequest", by_number, {"ISN": "9780000000002"})
    assert not repeats("SubmitRequest", by_number, {"ISN": "9780000000019"})
    assert repeats("SubmitRequest", {"ISN": "0-14-143958-0"}, {"ISN": "9780141439587"})
    assert repeats("SubmitRequest", {"ISN": "080442957x"}, {"ISN": "978-0-8044-2957-3"})
    assert not repeats("SubmitRequest", by_number, by_number | {"ISN": "9780141439587"})
    assert not repeats("SubmitRequest", {"ISN": "none"}, {"ISN": "-"})
    assert not repeats("SubmitRequest", by_number, by_number | {"CourseCode": "ART 7"})


def test_a6_a_course_is_the_same_by_its_code_and_an_amendment_never() -> None:
    course = {"CourseCode": "NEW 1", "NumberOfStudents": "3"}
    assert repeats("SubmitCourse", course, course | {"NumberOfStudents": "4"})
    assert repeats("SubmitCourse", {"CourseCode": "New1"}, course)
    assert not repeats("SubmitCourse", course, {"CourseCode": "NEW 2"})
    assert not repeats("AmendCourse", course, course)


@pytest.mark.parametrize(
    ("candidate", "judgement"),
    [
        (Candidate(1, NOON, Work("Emma Woodhouse", page_range="1-20")), ([1], [])),
        (Candidate(1, None, Work("Emma Woodhouse")), ([1], [])),
        (Candidate(1, NOON - timedelta(hours=23), Work("Emma Woodhouse")), ([1], [])),
        (Candidate(1, NOON - timedelta(hours=25), Work("Emma Woodhouse")), ([], [1])),
        (Candidate(1, NOON + timedelta(hours=25), Work("Emma Woodhouse")), ([], [1])),
        (Candidate(1, NOON, Work("Emma Woodhouse", page_range="21-40")), ([], [1])),
        (Candidate(1, NOON, Work("Persuasion", page_range="1-20")), ([], [])),
        (Candidate(1, NOON, Work("Emma", isn="0141439580")), ([1], [])),
        (Candidate(1, NOON, Work("Emma Woodhouse", isn="9780141439600")), ([], [1])),
    ],
)
def test_a6_what_a_lost_request_became_is_sure_within_a_day_and_for_the_same_extract(
    candidate: Candidate, judgement: tuple[list[int], list[int]]
) -> None:
    assert rank_candidates(EMMA | {"ISN": "9780141439587"}, NOON, [candidate]) == judgement


@pytest.mark.parametrize(
    ("held", "is_repeated"),
    [
        (Work("Emma Woodhouse", page_range="pp. 1\N{EN DASH}20"), True),
        (Work("Emma Woodhouse", page_range="1-20", extract_title="Chapter 1"), True),
        (Work("Emma Woodhouse", extract_title="Chapter 1"), False),
        (Work("Emma Woodhouse"), False),
        (Work("Emma Woodhouse", page_range="1-2"), False),
        (Work("Persuasion", isn="9780141439587", page_range="1-20"), True),
        (Work("Emma Woodhouse", isn="9780141439600", page_range="1-20"), False),
        (Work("Persuasion", page_range="1-20"), False),
    ],
)
def test_a6_a_request_that_is_there_is_repeated_by_the_same_pages_of_the_same_work(
    held: Work, is_repeated: bool
) -> None:
    there = HeldRequest(1, "art 7", "Active", None, None, held)
    assert repeated(EMMA | {"ISN": "0-14-143958-0"}, [there]) == [there] * is_repeated


@pytest.mark.parametrize(
    ("status", "is_repeated"),
    [
        ("Active", True),
        ("archived", True),
        (None, True),
        ("Odd", True),
        ("Rejected", False),
        (" DELETED", False),
    ],
)
def test_a6_a_request_that_has_ended_may_be_repeated(status: str | None, is_repeated: bool) -> None:
    there = HeldRequest(1, "ART 7", status, None, None, Work("Emma Woodhouse", page_range="1-20"))
    assert bool(repeated(EMMA, [there])) is is_repeated
    assert not repeated(EMMA | {"CourseCode": "ART 8"}, [there])


def test_a6_what_a_course_has_is_brought_into_one_spelling_once_for_all_requests_of_a_push(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[str | None] = []

    def folded_pages(pages: str | None) -> str | None:
        seen.append(pages)
        return pages

    monkeypatch.setattr(duplicates, "folded_pages", folded_pages)
    for number in range(3):
        held = [
            HeldRequest(1, "ART 7", "Active", None, None, Work("Once", page_range=f"{n}")) for n in range(20)
        ]
        repeated(EMMA | {"Title": f"Emma {number}"}, held)
    assert seen.count("7") == 1
