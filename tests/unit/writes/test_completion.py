"""An amendment sends weeks and students, or is refused (A1)."""

from datetime import UTC, datetime

import pytest

from dcs_mirror.writes.commands import AmendCourse
from dcs_mirror.writes.completion import KnownNumbers, complete
from dcs_mirror.writes.validation import CannotBeSent

RENAME = AmendCourse(hei_id=195, course_code="R&D 6", name="Research")


UNKNOWN = KnownNumbers(None, None, mirrored=False)


def numbers(write: AmendCourse) -> tuple[int | None, int | None]:
    return write.weeks, write.students


def test_a1_what_is_given_goes_before_what_is_known() -> None:
    given = AmendCourse(hei_id=195, course_code="R&D 6", weeks=3, students=0)
    assert numbers(complete(given, UNKNOWN)) == (3, 0)
    assert numbers(complete(given, KnownNumbers(12, 40))) == (3, 0)
    assert numbers(complete(RENAME, KnownNumbers(12, 40))) == (12, 40)
    assert numbers(complete(RENAME, KnownNumbers(12, 0))) == (12, 0)


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (UNKNOWN, ["weeks: must be given", "students: must be given", "does not hold this course yet"]),
        (KnownNumbers(12, None), ["students: must be given", "this mirror has never sent one"]),
        (KnownNumbers(None, 40), ["weeks: must be given", "missing number to 52"]),
        (KnownNumbers(0, 40), ["weeks: must be given"]),
        (KnownNumbers(104, 40), ["weeks: must be given"]),
        (
            KnownNumbers(12, None, restored_at=datetime(2026, 5, 21, tzinfo=UTC)),
            [
                "students: must be given",
                "restored (or failed over) on 2026-05-21",
                "dcs-mirror students push",
            ],
        ),
        (KnownNumbers(12, 40, open_call=7), ["students: must be given", "whether call 7"]),
    ],
)
def test_a1_a_number_that_is_neither_given_nor_known_is_named(known: KnownNumbers, words: list[str]) -> None:
    with pytest.raises(CannotBeSent) as caught:
        complete(RENAME, known)
    for word in words:
        assert word in str(caught.value)


def test_a1_a3_a_deletion_needs_no_numbers_and_the_status_is_sent_only_when_asked() -> None:
    deletion = AmendCourse(hei_id=195, course_code="R&D 6", status="Deleted")
    assert numbers(complete(deletion, UNKNOWN)) == (None, None)
    assert complete(RENAME, KnownNumbers(12, 40)).status is None


def test_a1_an_amendment_of_nothing_is_refused() -> None:
    with pytest.raises(CannotBeSent, match="no change was given"):
        complete(AmendCourse(hei_id=195, course_code="R&D 6"), KnownNumbers(12, 40))
