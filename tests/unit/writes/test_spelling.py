"""Codes that differ only in case, spaces or dashes count as the same (A5)."""

import pytest

from dcs_mirror.writes.spelling import folded, folded_code


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
