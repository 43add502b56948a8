"""Generated worlds: exact sizes, the same bytes for the same seed, and troublesome data."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from dcs_mirror.sandbox import BooksUnreadable, Sizes, World, build_world, read_books
from dcs_mirror.sandbox.dice import Dice, RequestIds
from dcs_mirror.sandbox.methods import METHODS, call
from dcs_mirror.sandbox.model import Item

CONTENT = METHODS["GET", "getcoursecontent"]
COURSES = METHODS["GET", "getcourses"]
INSTITUTIONS = METHODS["GET", "getinstitutions"]
HEADER = "isbn10,isbn13_rounded,authors,year,original_title,title,language\n"

GOLDEN_DICE = [323, 1, "d", 3, 26, 17, "0ed9047d-1c4b-b81e-74ee-6deceb099950"]


def digest(world: World) -> str:
    """A digest of every answer that the world gives by institution and course code."""
    sha = hashlib.sha256(call(INSTITUTIONS, world, "").body)
    for hei, institution in world.institutions.items():
        sha.update(call(COURSES, world, f"hei={hei}").body)
        for course in institution.courses.values():
            sha.update(call(CONTENT, world, f"hei={hei}&code={quote(course.code)}").body)
        for item in institution.unattached:
            sha.update(call(CONTENT, world, f"hei={hei}&Request-ID={item.request_id}").body)
    return sha.hexdigest()


def all_items(world: World) -> list[Item]:
    return [item for institution in world.institutions.values() for item in institution.items()]


@pytest.fixture(scope="module")
def world() -> World:
    return build_world()


def test_sizes_are_exact() -> None:
    world = build_world(Sizes(institutions=3, courses=7, items=4, unattached=1))
    assert len(world.institutions) == 3
    for institution in world.institutions.values():
        assert len(institution.courses) == 7
        assert {len(course.items) for course in institution.courses.values()} == {4}
        assert len(institution.unattached) == 1


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    sizes = Sizes(institutions=2, courses=5)
    assert digest(build_world(sizes, seed=4)) == digest(build_world(sizes, seed=4))
    assert digest(build_world(sizes, seed=4)) != digest(build_world(sizes, seed=5))


def test_the_same_seed_gives_the_same_bytes_under_another_hash_seed() -> None:
    program = "from test_sandbox_generate import *; print(digest(build_world(Sizes(2, 5), seed=4)))"
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(Path(__file__).parent)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for hash_seed in ("1", "2")
    }
    assert printed == {digest(build_world(Sizes(2, 5), seed=4))}


def test_dice_fall_the_same_on_every_python_version() -> None:
    dice = Dice(7)
    fallen = [dice.below(1000), dice.between(1, 6), dice.pick("abcdef"), *dice.sample(range(50), 3)]
    assert [*fallen, dice.guid()] == GOLDEN_DICE


def test_request_ids_interleave_between_institutions_and_are_never_reused() -> None:
    ids = RequestIds(2_400_000, Dice(1))
    first, second = [ids.mint() for _ in range(800)], [ids.mint() for _ in range(800)]
    assert len({*first, *second}) == 1600
    assert min(second) < max(first)
    assert min(first) >= 2_400_000


def test_request_ids_of_earlier_years_never_meet_those_of_this_year(world: World) -> None:
    ids = [request_id for item in all_items(world) for request_id in item.request_ids]
    assert len(ids) == len(set(ids)) == len(world.items)
    assert {len(item.request_ids) for item in all_items(world)} == {1, 2}
    assert all(item.request_ids == sorted(item.request_ids) for item in all_items(world))


def test_w4_every_content_state_and_blank_form_occurs(world: World) -> None:
    shown = [
        item
        for institution in world.institutions.values()
        for course in institution.courses.values()
        for item in json.loads(call(CONTENT, world, f"hei={institution.id}&code={quote(course.code)}").body)[
            "content-items"
        ]
    ]
    assert {item["content-status"] for item in shown} == {
        "New Request",
        "Rejected",
        "Pending",
        "Active",
        "Archived",
        "Deleted",
    }
    assert {None, ""} <= {item["content-URL"] for item in shown}
    assert {None, ""} <= {item["content-GUID"] for item in shown}
    previous = {item.get("previous-year-id", "absent") for item in shown}
    assert {None, 0, "absent"} < previous
    rejected = {i["rejection-message"] for i in shown if i["content-status"] == "Rejected"}
    assert rejected
    assert not rejected & {None, ""}
    others = {i["rejection-message"] for i in shown if i["content-status"] != "Rejected"}
    assert others == {None, ""}


def test_links_are_shown_only_for_what_was_active_once(world: World) -> None:
    published = {i.status: set[bool]() for i in all_items(world)}
    for item in all_items(world):
        published[item.status].add(item.published)
    assert published["Active"] == published["Archived"] == {True}
    assert published["New Request"] == {False}
    assert published["Pending"] == {True, False}


def test_w7_texts_hold_what_breaks_readers(world: World) -> None:
    titles = [item.details.title or "" for item in all_items(world)]
    notes = [item.notes for item in all_items(world)]
    everything = "".join(titles)
    assert max(map(len, titles)) > 500
    for trouble in ("'", '"', "&", "\\N", "%s", "\u200f", "\u0301", "紅", "Война", "מ", "م", "हि"):
        assert trouble in everything
    assert any(note and "\x00" in note for note in notes)
    assert any(note and "\t" in note and "\n" in note for note in notes)
    assert {None, ""} <= set(notes)


def test_w7_w8_course_codes_need_encoding_and_are_unique_among_live_courses(world: World) -> None:
    reused = False
    everything = ""
    for institution in world.institutions.values():
        live = [c.code for c in institution.courses.values() if not c.deletion]
        assert len(live) == len(set(live))
        reused = reused or any(c.deletion and c.code in live for c in institution.courses.values())
        everything += "".join(c.code for c in institution.courses.values())
    assert reused
    assert set(" /&+#%?") <= set(everything)
    assert not everything.isascii()


def test_institutions_share_course_codes(world: World) -> None:
    first, second, *_ = world.institutions.values()
    codes = [{course.code for course in i.courses.values()} for i in (first, second)]
    assert codes[0] & codes[1]
    assert codes[0] != codes[1]


def test_institution_names_are_unique_beyond_the_invented_places() -> None:
    world = build_world(Sizes(institutions=400, courses=0, items=0, unattached=0))
    assert len({institution.name for institution in world.institutions.values()}) == 400


def test_books_are_served_as_the_file_has_them(tmp_path: Path) -> None:
    path = tmp_path / "books.csv"
    path.write_text(HEADER + '043965548X,978,"A, B",1999,Alt,Neu,ger\n', encoding="utf-8-sig")
    world = build_world(Sizes(1, 1, 2, 0), library=read_books(path))
    for item in all_items(world):
        details = item.details
        assert (details.type, details.identifier, details.author) == ("Book", "043965548X", "A, B")
        assert (details.year, details.title, details.subtitle) == ("1999", "Neu", "Alt")
        assert item.notes == "Language: ger"


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (b"isbn10,authors,year,title\n", "original_title, language"),
        (b"", "isbn10"),
        (HEADER.encode(), "no records"),
        (HEADER.encode() + b"\xff,,,,,,\n", "not a UTF-8 CSV file"),
    ],
)
def test_an_unusable_file_is_named_with_its_problem(tmp_path: Path, content: bytes, wrong: str) -> None:
    path = tmp_path / "books.csv"
    path.write_bytes(content)
    with pytest.raises(BooksUnreadable, match=wrong) as raised:
        read_books(path)
    assert str(path) in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BooksUnreadable, match="No such file"):
        read_books(tmp_path / "none.csv")
