"""What the dashboard writes, where its forms come from, and what its statements are told."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from dcs_mirror.store.release import reason
from dcs_mirror.web import dashboard
from dcs_mirror.web.dashboard import tables, wording
from dcs_mirror.web.dashboard.chart import chart
from dcs_mirror.web.dashboard.forms import Forgery, Forms, check_origin
from dcs_mirror.web.dashboard.pages import institution, june
from dcs_mirror.web.dashboard.people import IDLE_SECONDS, LONGEST_SECONDS, Sessions
from dcs_mirror.web.dashboard.site import STATEMENTS, Visit
from dcs_mirror.web.dashboard.verdict import judge
from dcs_mirror.web.safe_link import safe_link

FOLDER = Path(dashboard.__file__).parent
NOW = datetime(2026, 8, 6, 8, tzinfo=UTC)
GOOD = {
    "hei_id": 108, "name": "Thornmere", "subscribed": True, "last_synced_at": NOW - timedelta(hours=7),
    "last_sync_outcome": "complete", "error": None, "new_flags": 0, "open_calls": 0, "quarantined": 0,
    "failed_columns": 0, "waits": [],
}  # fmt: skip


def test_the_script_is_the_released_one() -> None:
    script = (FOLDER / "static" / "htmx-2.0.11.min.js").read_bytes()
    assert (
        hashlib.sha256(script).hexdigest()
        == "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"
    )
    assert "Zero-Clause BSD" in (FOLDER / "static" / "htmx.LICENSE").read_text(encoding="utf-8")


def test_every_statement_is_told_whose_rows_it_may_return() -> None:
    assert STATEMENTS
    for statement in STATEMENTS.values():
        assert statement.types.get("hei_ids") == "integer[]", statement.name
        place = statement.parameters.index("hei_ids") + 1
        assert f"${place}::integer[] IS NULL OR" in statement.text, statement.name
        assert f"= ANY (${place}::integer[])" in statement.text, statement.name


def test_no_page_has_a_style_or_a_script_of_its_own() -> None:
    for file in (FOLDER / "templates").glob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert " style=" not in text, file
        assert " onclick" not in text, file
        assert "|safe }}" not in text, file
        assert "<script" not in text.replace("<script src=\"{{ static('htmx", ""), file


@pytest.mark.parametrize(
    ("value", "kind", "name"),
    [
        ("HIST-10", "code", "whole"),
        ("歷史-101", "code", "whole"),
        ("978-0-19-953698-4", "code", "whole"),
        ("9" * 50, "code", "long"),
        ("Modern History of Europe, and so on", "code", ""),
        ("Jones-Featherstonehaugh", "text", "long"),
        ("Modern European History", "text", ""),
        (2026, "text", ""),
        ("", "text", ""),
    ],
)
def test_a_code_stays_whole_and_only_a_very_long_word_is_broken(value: object, kind: str, name: str) -> None:
    assert wording.wrapping(value, kind) == name


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://mirror.example.ac.uk", "mirror.example.ac.uk"),
        ("https://mirror.example.ac.uk:8443", "mirror.example.ac.uk:8443"),
        ("https://mirror.example.ac.uk:8443", "mirror.example.ac.uk"),
        ("http://[::1]:8400", "[::1]:8400"),
        ("http://127.0.0.1:8400", "127.0.0.1:8400"),
        ("https://mirror.example.ac.uk", "mirror.example.ac.uk:443"),
    ],
)
def test_a_form_of_the_same_site_counts(origin: str, host: str) -> None:
    check_origin(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (None, "mirror.example.ac.uk"),
        ("", "mirror.example.ac.uk"),
        ("null", "mirror.example.ac.uk"),
        ("https://evil.example", "mirror.example.ac.uk"),
        ("https://mirror.example.ac.uk.evil.example", "mirror.example.ac.uk"),
        ("https://mirror.example.ac.uk@evil.example", "mirror.example.ac.uk"),
        ("ftp://mirror.example.ac.uk", "mirror.example.ac.uk"),
        ("http://127.0.0.1:8401", "127.0.0.1:8400"),
        ("http://127.0.0.1:99999999", "127.0.0.1:8400"),
        ("https://mirror.example.ac.uk", None),
        ("https://mirror.example.ac.uk", ""),
    ],
)
def test_a_form_of_another_site_does_not_count(origin: str | None, host: str | None) -> None:
    with pytest.raises(Forgery):
        check_origin(origin, host)


def test_a_token_is_of_one_person_and_of_one_process() -> None:
    forms = Forms()
    forms.check(forms.token("account a"), "account a")
    for given, of in (
        (forms.token("account b"), "account a"),
        (Forms().token("account a"), "account a"),
        (None, ""),
    ):
        with pytest.raises(Forgery):
            forms.check(given, of)


def test_a_session_ends_after_an_idle_hour_and_after_a_working_day() -> None:
    sessions = Sessions()
    token = sessions.begin("a", b"digest", 0.0)
    assert sessions.find(token, IDLE_SECONDS) == ("a", b"digest")
    assert sessions.find(token, 2 * IDLE_SECONDS + 1) is None
    assert sessions.find(token, IDLE_SECONDS) is None
    token, now = sessions.begin("a", b"digest", 0.0), 0.0
    while now < LONGEST_SECONDS:
        assert sessions.find(token, now)
        now += IDLE_SECONDS - 1
    assert sessions.find(token, now + 10) is None
    assert sessions.find("another", 0.0) is None


def test_dates_are_those_of_the_united_kingdom_with_their_zone() -> None:
    assert wording.moment(datetime(2026, 8, 3, 1, 15, tzinfo=UTC)) == "3 August 2026, 02:15 BST"
    assert wording.moment(datetime(2026, 12, 31, 23, 5, tzinfo=UTC)) == "31 December 2026, 23:05 GMT"
    assert wording.date(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == "1 July 2026"
    assert wording.age(timedelta(hours=1, minutes=59)) == "1 hour ago"
    assert wording.age(timedelta(days=12)) == "12 days ago"
    assert wording.age(timedelta(seconds=-5)) == "just now"


def test_what_a_browser_obeys_is_replaced_and_joiners_stay() -> None:
    assert wording.plain("a\x1b[31m\u202eb\u2066c\x00") == "a\ufffd[31m\ufffdb\ufffdc\ufffd"
    joined = "\u0645\u06cc\u200c\u062e\tx\n"
    assert wording.plain(joined) == joined


@pytest.mark.parametrize(
    "url",
    [None, "", "http://a.example", "javascript:alert(1)", "https://", "https:\\\\a", "https://a b", "//a"],
)
def test_only_https_becomes_a_link(url: str | None) -> None:
    assert safe_link(url) is None
    assert safe_link("https://content.example/x?id=1") == "https://content.example/x?id=1"


def test_a_picture_has_a_part_for_each_count_and_no_more_colours_than_there_are() -> None:
    instants = [NOW - timedelta(days=30), NOW]
    rows = [
        {"at": instant, "name": name, "items": items}
        for instant in instants
        for name, items in [("Active", 6), ("Pending", 3), (None, 1), ("Gone", 0)]
    ]
    picture = chart(rows)
    assert picture is not None
    assert picture.most == 10
    assert picture.names == [("Active", 6), ("Pending", 3), ("None", 1)]
    assert [part.text for part in picture.parts][3:] == [
        f"6 August 2026: {text}" for text in ("Active, 6", "Pending, 3", "None, 1")
    ]
    assert [month for _, month in picture.months] == ["Jul", "now"]
    many = chart([{"at": NOW, "name": f"L{n}", "items": n} for n in range(1, 20)])
    assert many is not None
    assert sorted(many.colours.values()) == list(range(9))
    assert many.names[-1] == ("Other", sum(range(1, 12)))
    assert max(part.colour for part in many.parts) == 8
    for first, second in (("Pending", "Archived"), ("Archived", "Pending"), ("Of another year", "Pending")):
        other = chart([{"at": NOW, "name": name, "items": n} for name, n in ((first, 9), (second, 2))])
        assert other is not None
        assert other.colours["Pending"] == picture.colours["Pending"]
        assert {part.colour for part in other.parts} == set(other.colours.values())
    mixed = chart([{"at": NOW, "name": n, "items": 1} for n in ("Active", "Covered by CLA Licence", "None")])
    assert mixed is not None
    assert len(set(mixed.colours.values())) == 3
    assert chart([]) is None
    assert chart([{"at": NOW, "name": "Active", "items": 0}]) is None


async def test_what_an_institution_had_over_the_year_is_read_once() -> None:
    asked: list[object] = []

    class Asks:
        asked = tables.Asked("/institutions/108", {"licences-sort": "-items"})
        now = NOW

        async def every(self, statement: str, **values: object) -> list[dict[str, object]]:
            asked.append((statement, values["what"]))
            return [
                {"at": NOW, "what": what, "name": name, "items": items}
                for what, name, items in (("state", "Active", 3), ("licence", None, 1), ("licence", "x", 2))
            ]

    (_, by_state, states), (_, by_licence, licences) = await institution._pictures(cast("Visit", Asks()), 108)
    assert asked == [("over_time", None)]
    assert by_state is not None
    assert by_licence is not None
    assert (by_state.names, by_licence.names) == ([("Active", 3)], [("x", 2), ("None", 1)])
    assert [row["name"] for row in states.rows] == ["Active"]
    assert ([row["name"] for row in licences.rows], licences.total) == (["x", None], 2)


@pytest.mark.parametrize("length", [tables.PAGE_ROWS, tables.LONG_PAGE_ROWS])
def test_longer_pages_do_not_lead_further_into_a_table(length: int) -> None:
    numbers = tables.Table("numbers", "Numbers", (tables.Column("number", "Number", "number"),), "number")
    rows = [{"number": number} for number in range(1, tables.MOST_ROWS + 2)]
    asked = tables.Asked("/numbers", {"numbers-page": "999999", "numbers-rows": str(length)})
    found = tables.listing_of(numbers, rows, asked)
    assert (len(found.rows), found.rows[-1]["number"], found.following) == (length, tables.MOST_ROWS, None)


@pytest.mark.parametrize(
    ("renumbered", "not_carried_over", "sentence"),
    [
        (1200, 0, "All 1,200 items came over."),
        (1200, 1, "1,200 items came over, and 1 did not."),
        (1, 3, "1 item came over, and 3 did not."),
        (1, 0, "1 item came over."),
        (0, 0, "0 items came over."),
    ],
)
def test_what_came_over_is_a_sentence(renumbered: int, not_carried_over: int, sentence: str) -> None:
    counts = {"renumbered": renumbered, "not_carried_over": not_carried_over}
    assert june.came_over(counts) == sentence


def test_a_page_behind_the_last_is_the_first() -> None:
    numbers = tables.Table("numbers", "Numbers", (tables.Column("number", "Number", "number"),), "number")
    rows = [{"number": number} for number in range(51)]
    for page, first in (("1", 1), ("2", 51), ("3", 1)):
        found = tables.listing_of(numbers, rows, tables.Asked("/numbers", {"numbers-page": page}))
        assert (found.first, found.rows[0]["number"], found.total) == (first, first - 1, 51)
        assert (found.previous, found.following is None) == (
            (None, False) if first == 1 else ("/numbers", True)
        )
    assert tables.listing_of(numbers, [], tables.Asked("/numbers", {"numbers-page": "2"})).rows == []


def test_the_verdict_says_what_waits_and_what_to_run() -> None:
    assert judge([GOOD], NOW).sentence == "All is well: 1 institution, read 7 hours ago or later."
    stale = {**GOOD, "last_synced_at": NOW - timedelta(hours=37), "waits": ["stale"]}
    held = {**GOOD, "error": "C3: 9 of 10 rows would be marked as removed", "waits": ["held"]}
    failed = {**GOOD, "error": "HTTP 503", "waits": ["unfinished"]}
    never = {**GOOD, "last_synced_at": None, "name": None, "waits": ["never read"]}
    gone = {**GOOD, "subscribed": False, "last_synced_at": None}
    assert judge([GOOD, gone], NOW).is_well
    for row, what, command in (
        (stale, "It was last read 1 day ago.", "dcs-mirror sync --hei 108"),
        (held, "The last reading is held back: C3", None),
        (failed, "The last reading did not end well: HTTP 503", "dcs-mirror doctor"),
        (never, "It has never been read.", "dcs-mirror sync --hei 108"),
        (_with("flags", new_flags=2), "2 flags of the licence recheck wait", None),
        (_with("calls", open_calls=1), "1 call to the DCS waits for somebody to settle.", None),
        (_with("records", quarantined=3), "3 records", "dcs-mirror quarantine --hei 108"),
        (_with("columns", failed_columns=1), "1 registered column", "dcs-mirror targets list"),
    ):
        found = judge([row, GOOD], NOW)
        assert not found.is_well
        (task,) = found.tasks
        assert what in task.what
        assert task.command == command
    assert judge([never], NOW).tasks[0].name == "Institution 108"
    assert not judge([], NOW).is_well
    assert "dcs-mirror sync" in judge([], NOW).sentence
    assert judge([gone], NOW).is_well


def test_if_no_reading_came_at_all_it_is_one_task_which_does_not_hide_the_others() -> None:
    spans = [timedelta(hours=hours) for hours in (37, 50, 80, 99)]
    stale = [{**GOOD, "last_synced_at": NOW - span, "waits": ["stale"]} for span in spans]
    assert [task.name for task in judge(stale[:3], NOW).tasks] == ["Thornmere"] * 3
    stale[3] |= {"new_flags": 2, "waits": ["stale", "flags"]}
    found = judge([*stale, GOOD], NOW)
    assert found.sentence == "2 things wait for a person, at 4 institutions."
    one, flags = found.tasks
    assert (one.name, one.command) == ("4 institutions", "dcs-mirror sync")
    assert one.what == "They were last read 1 day ago or earlier."
    assert flags.name == "Thornmere"
    assert judge(stale[:3] * 2, NOW).sentence == "One thing waits for a person."


def _with(wait: str, **counts: int) -> dict[str, object]:
    return {**GOOD, **counts, "waits": [wait]}


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (
            "C3: 30 of 40 rows. If that is right: dcs-mirror sync --hei 108 --accept-removals",
            "C3: 30 of 40 rows.",
        ),
        (
            "R7: of 2025, not 2.6. If it is: dcs-mirror sync --hei 108 --accept-year\n",
            "R7: of 2025, not 2.6.",
        ),
        ("R8: the next sync reads it again", "R8: the next sync reads it again"),
        # Not the command of this institution, not at the end, and nothing before it.
        *(
            (error, error)
            for error in (
                "C3: a. If so: dcs-mirror sync --hei 10 --accept-removals",
                "C3: a. If so: dcs-mirror sync --hei 108 --accept-removals; also b",
                "C3: dcs-mirror sync --hei 108 --accept-removals",
            )
        ),
    ],
)
def test_a_page_names_the_command_of_a_held_institution_once(error: str, why: str) -> None:
    assert reason(108, error) == why
    held = {**GOOD, "last_sync_outcome": "held", "waits": ["held", "flags"], "new_flags": 2, "error": error}
    verdict = judge([held], NOW)
    assert verdict.sentence == "2 things wait for a person."
    assert verdict.tasks[0].what == f"The last reading is held back: {why}"


@pytest.mark.parametrize(
    ("years", "sentence"),
    [
        ([], None),
        ([("2026-2027", 1)], "The institution is in 2026-2027."),
        ([(None, 1)], "The institution is in a year that is not known."),
        ([("2026-2027", 1200)], "All 1,200 institutions are in 2026-2027."),
        ([("2026-2027", 1), ("2025-2026", 3)], "1 of 4 institutions is in 2026-2027; 3 in 2025-2026."),
        (
            [("2026-2027", 1500), ("2025-2026", 2), (None, 1)],
            "1,500 of 1,503 institutions are in 2026-2027; 2 in 2025-2026, 1 in a year that is not known.",
        ),
    ],
)
def test_one_sentence_says_how_far_june_is(years: list[tuple[str | None, int]], sentence: str | None) -> None:
    rows = [{"academic_year": year, "institutions": count} for year, count in years]
    assert june.progress(rows) == sentence
