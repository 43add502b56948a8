"""Academic years in every spelling that upstream uses (W4)."""

import pytest

from dcs_mirror import academic_year


@pytest.mark.parametrize(
    "spelling",
    [
        "2016-2017",
        "2016/2017",
        "2016/17",
        "2016-17",
        "2016",
        " 2016 - 2017 ",
        "2016\u20132017",
        2016,
        201617,
        20162017,
    ],
)
def test_every_spelling_is_one_academic_year(spelling: object) -> None:
    assert academic_year.parse(spelling) == "2016-2017"


def test_a_century_ends_within_an_academic_year() -> None:
    assert academic_year.parse("1999/00") == "1999-2000"


@pytest.mark.parametrize(
    "garbage",
    [
        None,
        "",
        "this year",
        "16/17",
        "2016-2018",
        "2016/18",
        "2016-2016",
        "2017-2016",
        "2016-20178",
        "1899",
        "3000",
        "20260804",
        "01/08/2016",
        0,
        17,
        10**30,
        2016.0,
        True,
        False,
        ["2016-2017"],
        {"year": 2016},
    ],
)
def test_anything_else_is_not_an_academic_year(garbage: object) -> None:
    assert academic_year.parse(garbage) is None


def test_years_in_the_one_spelling_sort_by_time() -> None:
    years = [academic_year.parse(year) for year in (1999, 2000, 2009, 2010, 2025)]
    assert years == sorted(str(year) for year in years)


def test_an_institution_is_in_the_year_of_most_of_its_courses() -> None:
    assert academic_year.of_courses(["2025-2026", "2024-2025", "2024-2025"]) == "2024-2025"


@pytest.mark.parametrize("years", [["2024-2025", "2025-2026"], ["2025-2026", "2024-2025"]])
def test_of_equally_frequent_years_the_later_one_counts(years: list[str]) -> None:
    assert academic_year.of_courses(years * 3) == "2025-2026"


def test_without_courses_the_year_is_unknown() -> None:
    assert academic_year.of_courses([]) is None


def test_the_year_of_many_courses_takes_linear_time() -> None:
    class Year(str):
        """A year that counts how often it is compared."""

        compared = 0
        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            Year.compared += 1
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    years: list[str] = [Year("2025-2026") for _ in range(2000)]
    assert academic_year.of_courses(years) == "2025-2026"
    assert Year.compared <= 10 * len(years)
