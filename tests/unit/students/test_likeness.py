"""What is no course although its code is new (A5): titles, years, faculties, lines of a report."""

import pytest

from dcs_mirror.students.likeness import Likeness

LIVE = ["ART 7", "HIS & 1", "MAT/2", "LAW"]


@pytest.mark.parametrize(
    "code", ["ART 7 - Drawing", "ART 7/2627", "HIS & 1: History", "MAT/2; ART 7", "ART 7-A"]
)
def test_a5_a_code_that_begins_with_one_of_the_dcs_is_not_created(code: str) -> None:
    assert "which the DCS has" in (Likeness(LIVE).obstacle(code) or "")


@pytest.mark.parametrize("code", ["Report run", "Faculty of Arts", "Page"])
def test_a5_a_code_without_a_digit_is_not_created_if_those_of_the_dcs_have_one(code: str) -> None:
    assert "no digit" in (Likeness(LIVE[:3]).obstacle(code) or "")
    assert Likeness(LIVE).obstacle(code) is None
    assert Likeness(LIVE[:2]).obstacle(code) is None


@pytest.mark.parametrize(
    ("code", "live"), [("123", "00123"), ("0123", "00123"), ("00123", "123"), ("0", "000")]
)
def test_a5_a_number_that_lost_its_leading_zeros_is_not_created(code: str, live: str) -> None:
    assert f"it is {live!r}, which the DCS has, but for leading zeros" in (
        Likeness([*LIVE, live]).obstacle(code) or ""
    )


@pytest.mark.parametrize("code", ["1230", "23", "A123"])
def test_a5_another_number_may_be_created(code: str) -> None:
    assert Likeness([*LIVE, "00123"]).obstacle(code) is None


@pytest.mark.parametrize("code", ["ART 70", "HIS 301", "LAW 2", "MAT/20", "LAW-1", "7"])
def test_a5_another_code_may_be_created(code: str) -> None:
    assert Likeness(LIVE).obstacle(code) is None
