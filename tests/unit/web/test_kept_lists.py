"""Results of lists of links: for whom and how long they are kept, and how much of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dcs_mirror.links import file as files
from dcs_mirror.links.check import Link
from dcs_mirror.web.dashboard import kept
from dcs_mirror.web.dashboard.kept import KEPT, KeptLists, pack, unpack
from dcs_mirror.web.dashboard.people import Person
from dcs_mirror.web.link_lists import Checked

NOW = datetime(2026, 8, 6, 8, tzinfo=UTC)
PERSON = Person("one", (108,), frozenset(), "session x")


def test_a_list_is_found_by_its_person_alone_for_half_an_hour() -> None:
    lists = KeptLists()
    name = lists.keep(b"list", PERSON, NOW)
    assert lists.find(name, PERSON, NOW + KEPT) == (b"list", NOW)
    assert lists.find("other", PERSON, NOW) is None
    assert lists.find(name, None, NOW) is None
    for other in (
        replace(PERSON, bound_to="session y"),
        replace(PERSON, hei_ids=(113,)),
        replace(PERSON, hei_ids=None),
    ):
        assert lists.find(name, other, NOW) is None
    assert lists.find(name, PERSON, NOW + KEPT + timedelta(seconds=1)) is None
    assert lists.find(name, PERSON, NOW) is None  # it is forgotten, not hidden


def test_the_oldest_lists_make_room_for_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_BYTES", 10)
    lists = KeptLists()
    names = [lists.keep(b"1234", PERSON, NOW) for _ in range(3)]
    assert [lists.find(name, PERSON, NOW) is not None for name in names] == [False, True, True]


def test_what_is_packed_is_the_list_with_its_answers() -> None:
    listed = files.read("x", "Título;Link\r\nA;12\r\nB;nothing\r\n".encode("cp1252"), only_text=True)
    since = datetime(2026, 3, 1, 2, tzinfo=UTC)
    links = [Link(2, "12", 1, 108, 13, is_openable=False, why_not="removed", since=since), Link(3, "nothing")]
    checked = Checked(listed, links)
    found = unpack(pack(checked))
    assert found.links == links
    assert found.as_csv() == checked.as_csv()
    assert found.listed.read_as == listed.read_as
