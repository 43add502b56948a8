"""Codes of a source and those of the DCS: as given, trimmed, mapped, by a suffix or a pattern (A5)."""

import pytest

from dcs_mirror.errors import SettingsError
from dcs_mirror.students import codes, patterns
from dcs_mirror.students.cells import code_of
from dcs_mirror.students.codes import CodeRules
from dcs_mirror.students.rows import SourceRow


def aligned(code: str, *listed: str, rules: CodeRules | None = None) -> SourceRow:
    (row,) = codes.align([SourceRow("row 2", code, 3)], rules or CodeRules(), set(listed))
    return row


@pytest.mark.parametrize(
    ("given", "listed", "taken"),
    [
        ("HIS 301 ", ["HIS 301 "], "HIS 301 "),
        ("HIS 301", ["HIS 301 "], "HIS 301 "),
        ("HIS 301 ", ["HIS 301"], "HIS 301"),
        ("HIS 301 ", ["HIS 301 ", "HIS 301"], "HIS 301 "),
        ("HIS 301", ["HIS 301 ", "HIS 301"], "HIS 301"),
        (" NEW 1 ", ["HIS 301"], "NEW 1"),
    ],
)
def test_a5_a_code_is_looked_for_as_given_and_then_trimmed(given: str, listed: list[str], taken: str) -> None:
    row = aligned(given, *listed)
    assert (row.course_code, row.unaligned) == (taken, None)
    assert row.given == (given if given != taken else None)


def test_a5_a_trimmed_code_that_fits_several_courses_fits_none() -> None:
    row = aligned(" HIS 301", "HIS 301 ", "HIS 301  ")
    assert row.course_code == "HIS 301"
    assert "several courses of the DCS differ only in blanks" in (row.unaligned or "")


def test_a5_a_mapping_goes_before_all_and_a_rule_only_for_codes_that_the_dcs_lacks() -> None:
    rules = CodeRules({"eng52": "ENG52", "ART 7": "ART 8"}, ("-2627",))
    listed = ("ENG52", "ENG10", "ENG11", "ENG11-2627", "ART 7", "ART 8")
    taken = {
        given: aligned(given, *listed, rules=rules).course_code
        for given in ("eng52", " eng52", "ART 7", "ENG10-2627", "ENG11-2627", "ENG12-2627", "ENG13", "-2627")
    }
    assert taken == {
        "eng52": "ENG52",
        " eng52": "ENG52",
        "ART 7": "ART 8",
        "ENG10-2627": "ENG10",
        "ENG11-2627": "ENG11-2627",
        "ENG12-2627": "ENG12",
        "ENG13": "ENG13",
        "-2627": "-2627",
    }


async def test_a5_a_pattern_takes_its_group_or_all_that_it_fits_from_the_beginning() -> None:
    assert await patterns.extracted("[A-Z]+[0-9]+", {"ENG10-2627", "x", "1ENG10"}) == {
        "ENG10-2627": "ENG10",
        "x": None,
        "1ENG10": None,
    }
    assert await patterns.extracted("[0-9]+-(.*)", {"26-Ökö 3 "}) == {"26-Ökö 3 ": "Ökö 3"}
    assert await patterns.extracted("([0-9]+)-(?P<code>.*)", {"26-A"}) == {"26-A": "A"}


async def test_a5_a_code_that_the_pattern_does_not_fit_is_unusable_unless_the_dcs_has_it() -> None:
    rules = CodeRules(extracted=await patterns.extracted("[A-Z]+[0-9]+", {"ENG10-A", "other", "ART 7"}))
    assert aligned("ENG10-A", "ENG10", rules=rules).course_code == "ENG10"
    assert aligned("ART 7", "ART 7", rules=rules).fault is None
    assert aligned("other", "ENG10", rules=rules).fault == "--code-pattern does not fit 'other'"


@pytest.mark.parametrize("pattern", ["(", "(a)(b)", "[z-a]", "(?P<code>a)(?P<code>b)"])
def test_a_pattern_that_is_not_valid_is_refused(pattern: str) -> None:
    with pytest.raises(SettingsError, match=r"^--code-pattern: [^\n]*$"):
        patterns.checked(pattern)


async def test_a_pattern_that_would_take_for_ever_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "LIMIT", 0.5)
    with pytest.raises(SettingsError, match=r"takes longer than \d seconds for 1 code"):
        await patterns.extracted(patterns.checked("(a+)+b"), {"a" * 60})


DOUBTED = ["2026-03-01", "01/03/2026", "1-Mar", "Mar-26", "TRUE", "1.01E+05", "####", "n/a", "(blank)", "-"]
NAMES = ["2026/27", "2026-2027", "Semester 1", "LEVEL 4", "Year 2:", "March 2026", "1st March", "Blwyddyn 1"]
SPOILT = ["\u00c3\u2013k\u00c3\u00b6", "A\ufffd 1", "\u2026ko 3", "\u2122ko 3", "?ko 3", "BIO\u22152"]


@pytest.mark.parametrize(
    "code",
    [
        *DOUBTED,
        *NAMES,
        "YEAR2026",
        "TERM2",
        "May 26",
        *SPOILT,
        "'0042",
        "=A1",
        "R&amp;D6",
        "R%26D6",
        "NEW1;NEW2",
        "\u0395NG10",
    ],
)
def test_a_text_that_may_be_no_code_is_doubted(code: str) -> None:
    assert code_of(code).doubt
    assert code_of(code).fault is None


USUAL = [
    "ART 7",
    "Ökö 3",
    "101",
    "R&D 6/a",
    "MAR-1",
    "TRUE1",
    "1E5",
    "été",
    "LEVEL4A",
    "SITE101",
    "MAR 101",
    "DEC-3001",
    "2026-1",
    "A+B",
    "a.b_c",
]


@pytest.mark.parametrize("code", [*USUAL, "ΛΟΓ 1", "ŵyn 1", "Š1"])
def test_a_usual_code_is_not_doubted(code: str) -> None:
    assert (code_of(code).doubt, code_of(code).fault) == (None, None)
