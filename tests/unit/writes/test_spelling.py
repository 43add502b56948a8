"""Codes, titles, pages and numbers that mean the same are recognised, however they are spelled (A5, A6)."""

import pytest

from dcs_mirror.writes.spelling import (
    folded,
    folded_code,
    folded_number,
    folded_pages,
    folded_title,
)


@pytest.mark.parametrize("other", ["his & 1", "HIS  &\u00a01", "HIS&1", "HIS\uff061"])
def test_a5_a_code_is_the_same_in_another_case_and_with_other_blanks(other: str) -> None:
    assert folded_code("HIS & 1") == folded_code(other)


@pytest.mark.parametrize(
    "other", ["LAW - 1", "law\N{EN DASH}1", "LAW \N{MINUS SIGN}1", "LAW\N{NON-BREAKING HYPHEN}1"]
)
def test_a5_a_code_is_the_same_with_another_dash(other: str) -> None:
    assert folded_code("LAW-1") == folded_code(other)


def test_a5_other_codes_and_the_words_of_a_text_stay_apart() -> None:
    assert folded_code("LAW-1") != folded_code("LAW1")
    assert folded("Art 7") != folded("Art7")


@pytest.mark.parametrize(
    "pages",
    [
        *(
            "1-20",
            "\u202d1-20\u202c",
            "1-20\u200b",
            "1\N{EN DASH}20",
            "pp. 1-20",
            "pp.1 \N{EM DASH} 20",
            "p1-20",
            "Pages 1 to 20",
            "PP 1\N{MINUS SIGN}20.",
        ),
        *("001-020", "pg. 1-20"),
    ],
)
def test_a6_pages_are_the_same_with_other_dashes_and_words(pages: str) -> None:
    assert folded_pages(pages) == "1-20"


@pytest.mark.parametrize(
    ("pages", "same"),
    [
        ("101-9", "101-109"),
        ("101-9, 120-35", "pp. 101-109; 120-135"),
        ("5", "5-5"),
        ("i-xx, 1-4", "I\N{EN DASH}XX & pp. 1\N{EN DASH}4"),
        ("S1-S20", "s1 - s20"),
    ],
)
def test_a6_pages_that_are_shortened_or_listed_are_the_same(pages: str, same: str) -> None:
    assert folded_pages(pages) == folded_pages(same)


def test_a6_other_pages_stay_apart_and_none_are_none() -> None:
    spelled = ("1-20", "1-2", "20-1", "S1-S20", "1-20,25", "chapter 1")
    assert len({folded_pages(pages) for pages in spelled}) == len(spelled)
    assert folded_pages(" ") is folded_pages(None) is folded_pages("pp.") is None


@pytest.mark.parametrize(
    "isn",
    [
        *("0-14-143958-0", "0141439580", "978-0-14-143958-7", "9780141439587", "ISBN-13: 978 0 14 143958 7"),
        *(
            "ISBN 10 0-14-143958-0 (pbk. : v. 1)",
            "ISBN9780141439587",
            "978\N{EN DASH}0\N{EN DASH}14143958\N{EN DASH}7",
        ),
    ],
)
def test_a6_a_number_is_the_same_with_hyphens_words_and_ten_digits(isn: str) -> None:
    assert folded_number(isn) == "9780141439587"


def test_a6_an_issn_is_a_number_of_its_own() -> None:
    assert folded_number("ISSN 2049-363x") == folded_number("2049363X") == "2049363X"
    assert folded_number("none") is folded_number("-") is folded_number(None) is None


@pytest.mark.parametrize(
    "title",
    [
        "\u00c9mile & Sophie",
        "emile and  SOPHIE.",
        "\u202aEmi\u200ble & Sophie",
        "\u2018E\u0301mile\u2019: and Sophie",
    ],
)
def test_a6_a_title_is_the_same_without_case_accents_and_punctuation(title: str) -> None:
    assert folded_title(title) == "emile and sophie"


def test_a6_titles_of_other_words_and_signs_stay_apart() -> None:
    titles = ("C++", "C#", "C", "Emma", "Emma: a novel", "1984", "???")
    assert len({folded_title(title) for title in titles}) == len(titles)
