"""The message that a librarian sends on: whom it concerns, what it names, and how long its link may be."""

from typing import Any
from unittest.mock import Mock
from urllib.parse import parse_qs, urlsplit

import pytest

from dcs_mirror.web.dashboard import forward
from dcs_mirror.web.dashboard.forward import LONGEST, mail
from dcs_mirror.web.dashboard.tables import LONG_PAGE_ROWS
from dcs_mirror.web.dashboard.wording import KINDS


def _flag(title: str = "Tort", **values: Any) -> dict[str, Any]:
    return {
        "lecturer": "Eze, Chioma", "extract_title": "", "title": title, "request_id": 187698,
        "course_code": "LAW101", "kind": "pending", "state": "open", **values,
    }  # fmt: skip


def _texts(address: str) -> tuple[str, str]:
    """The subject and the body that a mail program takes from a link; it must name nothing else."""
    parts = urlsplit(address)
    assert (parts.scheme, parts.path, parts.fragment) == ("mailto", "", "")
    fields = parse_qs(parts.query, strict_parsing=True)
    assert list(fields) == ["subject", "body"]
    return fields["subject"][0], fields["body"][0]


def test_it_names_the_items_by_what_happened_to_them() -> None:
    rows = [_flag(), _flag("Equity", kind="licence", course_code=None), _flag("", extract_title="Ch. 1")]
    found = mail(rows, 3)
    assert found is not None
    assert (found.to, found.items) == ("Eze, Chioma", 3)
    subject, body = _texts(found.address)
    assert subject == "Licence recheck: 3 items of your courses"
    assert body.split("\r\n") == [
        "The licence recheck of August changed items of your courses.", "",
        "They are pending, and students cannot open them:", "- Tort (LAW101)", "- Ch. 1 (LAW101)", "",
        "The licence does not cover them any more; students can still open them:", "- Equity",
    ]  # fmt: skip
    for kind in KINDS:
        alone = mail([_flag(kind=kind)], 1)
        assert alone is not None
        assert "- Tort" in _texts(alone.address)[1], kind


@pytest.mark.parametrize(
    "title", ["W" * 300, "中国法律史概论" * 12, "a&body=x\r\nBcc: eve@example.org\u202e#"]
)
def test_its_link_stays_short_and_a_title_adds_no_field(title: str) -> None:
    found = mail([_flag(title, course_code=title)] * 50, 1234)
    assert found is not None
    assert len(found.address) <= LONGEST
    assert 0 < found.items < 50
    subject, body = _texts(found.address)
    assert subject == "Licence recheck: 1,234 items of your courses"
    assert body.endswith(f"\r\n\r\nAnd {1234 - found.items:,} more.")
    assert body.count("\r\n- ") == found.items
    assert "\r\nBcc" not in body


def test_it_takes_no_longer_on_a_page_of_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service does nothing else meanwhile."""
    line = Mock(side_effect=forward._line)
    monkeypatch.setattr(forward, "_line", line)
    rows = [
        _flag(f"{number} titles of books that are neither long nor short") for number in range(LONG_PAGE_ROWS)
    ]
    found = mail(rows, LONG_PAGE_ROWS)
    assert found is not None
    assert 5 < found.items < 50
    assert line.call_count < 50**2 / 2


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [_flag(lecturer=None)],
        [_flag(lecturer=" ")],
        [_flag(), _flag(lecturer="Aldous, Wren")],
        [_flag(), _flag(lecturer=None)],
        [_flag(), _flag(state="closed")],
    ],
)
def test_there_is_none_of_several_lecturers_or_of_what_is_closed(rows: list[dict[str, Any]]) -> None:
    assert mail(rows, len(rows)) is None
