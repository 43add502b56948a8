"""How a call without an answer may be settled, by what it wrote (A6)."""

import pytest

from dcs_mirror.writes.resolution import Choice, choices_for

AGAIN, TAKEN, GONE = Choice("send again"), Choice("taken"), Choice("gone")


@pytest.mark.parametrize(
    ("method", "status", "request_ids", "expected"),
    [
        ("SubmitRequest", None, [], [AGAIN, Choice("found"), GONE]),
        ("SubmitRequest", None, [7, 9], [Choice("found", 7), Choice("found", 9), GONE]),
        ("SubmitCourse", None, [], [AGAIN, TAKEN, GONE]),
        ("AmendCourse", "Archived", [], [AGAIN, TAKEN, GONE]),
        ("AmendCourse", "Deleted", [], [TAKEN, GONE]),
    ],
)
def test_only_the_choices_that_a_method_allows_are_offered(
    method: str, status: str | None, request_ids: list[int], expected: list[Choice]
) -> None:
    assert choices_for(method, status, request_ids) == expected
