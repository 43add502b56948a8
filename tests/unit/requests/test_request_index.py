"""The index of requests finds just those that a comparison with each would find, and fast (A6)."""

from collections.abc import Mapping
from itertools import product

import pytest

from dcs_mirror.requests.index import RequestIndex
from dcs_mirror.requests.plan import Known, aligned, judged
from dcs_mirror.requests.rows import RequestRow
from dcs_mirror.writes.duplicates import HeldRequest, Work

NUMBERS = (None, "9780141439587", "0028-0836")
WORKS = [
    Work(title, isn, extract_title, pages, volume)
    for title, isn, extract_title, pages, volume in product(
        (None, "Emma", "Nature"), NUMBERS, (None, "I", "II"), (None, "1-20", "5"), (None, "1")
    )
]
MANY = 3_000


def test_a6_the_index_finds_what_comparing_each_with_each_finds() -> None:
    index: RequestIndex[int] = RequestIndex()
    for place, work in enumerate(WORKS):
        index.add("ART 7", work, place)
    for work in WORKS:
        repeated = {place for place, other in enumerate(WORKS) if work.repeats(other)}
        same = {place for place, other in enumerate(WORKS) if work.is_same(other)}
        assert set(index.repeated_by("art7", work)) == repeated
        assert set(index.maybe_same("art7", work)) == same
        assert not list(index.repeated_by("ART 8", work))


def test_a6_of_rows_that_ask_for_the_same_equal_ones_are_sent_once_and_others_not_at_all() -> None:
    def entries(*rows: Mapping[str, object]) -> list[str]:
        shared: dict[str, object] = {
            "course_code": "ART 7",
            "academic_name": "J",
            "email": "j@example.ac.uk",
            "is_book": False,
        }
        listed = [RequestRow(f"row {n}", {**shared, **row}) for n, row in enumerate(rows, start=2)]
        found = judged(aligned(108, listed, {"ART 7": "Active"}, without_course=False), Known())
        return [entry.verdict for entry in found]

    first, other = {"title": "Nature", "page_range": "1-2"}, {"title": "Nature", "page_range": "3-4"}
    spelled = {"title": "NATURE", "page_range": "pp. 1\u20132"}
    assert entries(first, spelled, other) == ["submit", "repeated", "submit"]
    assert entries(first, spelled, first | {"notes": "soon"}) == ["duplicate"] * 3
    volumes = [first | {"volume": "1"}, first | {"volume": "2"}]
    assert entries(*volumes) == ["submit"] * 2
    assert entries(*volumes, first) == ["duplicate"] * 3


def test_a6_many_rows_of_one_course_are_compared_with_few_each(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0
    repeats = Work.repeats

    def counted(work: Work, other: Work) -> bool:
        nonlocal compared
        compared += 1
        return repeats(work, other)

    monkeypatch.setattr(Work, "repeats", counted)
    shared = {"course_code": "ART 7", "academic_name": "J", "email": "j@example.ac.uk", "is_book": True}
    rows = [RequestRow(f"row {n}", {**shared, "title": "Emma", "page_range": f"{n}"}) for n in range(MANY)]
    rows += [RequestRow(f"row {n + MANY}", rows[0].values) for n in range(MANY)]
    held = [HeldRequest(n, "ART 7", None, None, None, Work("Emma", page_range=f"{n}")) for n in range(9)]
    found = judged(aligned(108, rows, {"ART 7": "Active"}, without_course=False), Known(held))
    assert [entry.verdict for entry in found[:10]] == ["already there"] * 9 + ["submit"]
    assert compared < 5 * len(rows)
