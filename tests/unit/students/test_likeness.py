"""What is no course although its code is new (A5): titles, years, faculties, lines of a report."""

import pytest

from dcs_mirror.students.likeness import Likeness

TIDY = ["ART7", "HIS301", "BIO/2", "PSY-100", "MAR1"]
LIVE = ["ART 7", "HIS & 1", "MAT/2", "LAW"]


def said(live: list[str], code: str) -> str:
    obstacle = Likeness(live).obstacle(code)
    return "" if obstacle is None else obstacle.why


@pytest.mark.parametrize(
    "code",
    [
        "ART 7 - Drawing",
        "ART 7/2627",
        "HIS & 1: History",
        "MAT/2; ART 7",
        "ART 7-A",
        "UOT:ART 7",
        "2026/ART 7",
    ],
)
def test_a5_a_code_that_begins_or_ends_with_one_of_the_dcs_is_not_created(code: str) -> None:
    obstacle = Likeness(LIVE).obstacle(code)
    assert obstacle is not None
    assert obstacle.is_course
    assert "which the DCS has" in obstacle.why


@pytest.mark.parametrize("code", ["BIO2", "BIO-2", "bio.2", "PSY100", "PSY_100", "MAR-1", "ART.7"])
def test_a5_a_code_in_another_punctuation_than_one_of_the_dcs_is_not_created(code: str) -> None:
    obstacle = Likeness(TIDY).obstacle(code)
    assert obstacle is not None
    assert obstacle.is_course
    assert "differs only in punctuation" in obstacle.why


@pytest.mark.parametrize(
    ("code", "lacks"),
    [
        ("Modules: 2", "has small letters"),
        ("NEW20 Things", "has small letters"),
        ("GROUP B 2", "has several blanks"),
        ("301", "has no letter"),
        ("ARTS", "has no digit"),
    ],
)
def test_a5_a_code_unlike_those_of_the_dcs_is_not_created(code: str, lacks: str) -> None:
    assert lacks in said(TIDY, code)
    assert Likeness([*LIVE, "sum", "7 B", "8"]).obstacle(code) is None


@pytest.mark.parametrize("code", ["Report run", "Faculty of Arts", "Page"])
def test_a5_a_code_without_a_digit_is_not_created_if_those_of_the_dcs_have_one(code: str) -> None:
    assert "no digit" in said(LIVE[:3], code)
    assert "no digit" not in said(LIVE, code)
    assert Likeness(LIVE[:2]).obstacle(code) is None


@pytest.mark.parametrize(
    ("code", "live"), [("123", "00123"), ("0123", "00123"), ("00123", "123"), ("0", "000")]
)
def test_a5_a_number_that_lost_its_leading_zeros_is_not_created(code: str, live: str) -> None:
    assert f"it is {live!r}, which the DCS has, but for leading zeros" in said([*LIVE, live], code)


@pytest.mark.parametrize(
    ("code", "live", "spelt"), [("LAW/11/2", "LAW/1/12", "LAW112"), ("PSY10.1", "PSY1.01", "PSY1-01")]
)
def test_a5_a_code_whose_punctuation_parts_its_numbers_otherwise_is_another_one(
    code: str, live: str, spelt: str
) -> None:
    assert not said([*TIDY, live], code)
    assert f"the DCS has {live!r}" in said([*TIDY, live], spelt)


@pytest.mark.parametrize("code", ["1230", "23", "A123", "A-00123"])
def test_a5_another_number_may_be_created(code: str) -> None:
    assert Likeness([*LIVE, "00123"]).obstacle(code) is None


@pytest.mark.parametrize("code", ["ART 70", "HIS 301", "LAW 2", "MAT/20", "LAW-1", "C12"])
def test_a5_another_code_may_be_created(code: str) -> None:
    assert Likeness([*LIVE, "C#12"]).obstacle(code) is None
