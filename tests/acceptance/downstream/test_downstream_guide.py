"""Every statement of docs/downstream.md is run by a test; those about links and stored ids are run here."""

import re
from datetime import datetime

import pytest

from dcs_mirror.schema import search as search_index
from tests.acceptance.downstream.guide import (
    AUGUST,
    GUIDE,
    HEI,
    JULY,
    JUNE,
    MAY,
    ROLES,
    Downstream,
    Row,
    blocks,
    june,
)
from tests.support.control import control

USED = {
    "Try it on the demo": 2,  # tests/acceptance/test_demo.py
    "Get access": 1,
    "Which links work today": 1,
    "Which links stopped": 3,
    "Store the item's key": 4,
    "Register the column": 3,
    "In May: rehearse": 2,
    "In June: nothing to do": 1,
    "Join what you stored": 4,
    "Ask for items": 3,
    "Ask for a refresh": 1,
    "Follow the change feed": 6,
    "When the epoch is another one": 1,
    "When an institution is deleted": 1,
}
"""How many blocks under each heading of the guide the tests run."""


def test_every_block_of_the_page_is_run_by_a_test() -> None:
    found = {title: len(blocks(title)) for title in re.findall(r"^##+ (.*)$", GUIDE, re.MULTILINE)}
    assert {title: count for title, count in found.items() if count} == USED
    assert GUIDE.count("```") == 2 * sum(USED.values())


async def test_a_refresh_that_sql_asks_for_is_done_by_a_worker(downstream: Downstream) -> None:
    (asking,) = blocks("Ask for a refresh")
    await downstream.admin.execute(f"GRANT dcs_requester TO {ROLES['reading_lists']}")
    await downstream.lists.execute(asking)
    what_became = asking.rpartition("\n\n")[2]
    assert [row["finished_at"] for row in await downstream.ask(what_became)] == [None] * 3
    assert (await downstream.dcs_mirror("worker", "--once")).code == 0
    found = await downstream.ask(what_became)
    assert {row["course_code"] for row in found} == {None, "HIST 101"}
    assert all(row["finished_at"] for row in found)
    assert (
        next(row for row in found if row["course_code"] == row["request_id"] is None)["outcome"] == "complete"
    )


async def test_the_links_that_work_are_those_that_students_can_open(downstream: Downstream) -> None:
    (working,) = blocks("Which links work today")
    course = next(c for c in (await _institution(downstream))["courses"] if _has_active_items(c))
    await control(downstream.sandbox, "edit", hei=HEI, course_id=course["id"], set={"status": "Archived"})
    open_items: list[Row] = []
    for night in (MAY, JUNE):
        if open_items:
            dropped = open_items[0]["request-id"]
            await control(downstream.sandbox, "rollover", hei=HEI, drop_items=[dropped])
        await downstream.night(night)
        open_items = [
            item
            for item in await downstream.truth()
            if (item["content-status"], item["course"]) == ("Active", "Active")
        ]
        found = await downstream.ask(working)
        assert sorted(r["content_url"] for r in found) == sorted(i["content-URL"] for i in open_items)
        assert 0 < len(found) < await downstream.lists.fetchval("SELECT count(*) FROM dcs.content_item")


async def test_s1_s2_s3_the_links_that_stopped_are_those_that_august_took_and_nobody_gave_back(
    downstream: Downstream,
) -> None:
    """S1, S2, S3."""
    _, stopped, flagged = blocks("Which links stopped")
    await downstream.night(JULY)
    assert await downstream.ask(stopped) == await downstream.ask(flagged) == []
    pending, licence = [
        set((await control(downstream.sandbox, "recheck", hei=HEI, kind=kind, share=0.1))["request_ids"])
        for kind in ("pending", "licence")
    ]
    await downstream.night(AUGUST)
    back = min(pending)
    edit = {"content-status": "Active", "licence": "Covered by CLA Licence"}
    await control(downstream.sandbox, "edit", hei=HEI, request_id=back, set=edit)
    await downstream.night(AUGUST.replace(day=6))

    keys = {
        row["item_key"]: row["request_id"]
        for row in await downstream.ask("SELECT item_key, request_id FROM dcs.content_item")
    }
    rows = await downstream.ask(stopped)
    reachable = {item["request-id"] for item in await downstream.truth()}
    assert {keys[row["item_key"]] for row in rows} == (pending & reachable) - {back}
    assert all(JULY <= row["last_seen_at"] < row["observed_at"] <= _later(AUGUST) for row in rows)
    open_flags = {(keys[row["item_key"]], row["kind"]) for row in await downstream.ask(flagged)}
    expected = {(i, "pending") for i in pending - {back}} | {(i, "licence") for i in licence}
    assert open_flags == {(i, kind) for i, kind in expected if i in reachable}


async def test_the_guide_tells_which_links_stopped_why_and_when(downstream: Downstream) -> None:
    closed, _, _ = blocks("Which links stopped")
    await downstream.night(JULY)
    before = {row["item_key"] for row in await downstream.ask(closed)}
    courses = (await _institution(downstream))["courses"]
    archived, other = [course for course in courses if _has_active_items(course)][:2]
    pending = next(i for i in other["items"] if _is_open(i))["request-id"]
    await control(downstream.sandbox, "edit", hei=HEI, course_id=archived["id"], set={"status": "Archived"})
    await control(downstream.sandbox, "edit", hei=HEI, request_id=pending, set={"content-status": "Pending"})
    await downstream.night(AUGUST)
    await downstream.night(AUGUST.replace(day=6))
    changes = "SELECT sum(courses_changed)::integer AS n, sum(changed)::integer AS m FROM dcs.sync_outcome"
    assert await downstream.ask(changes) == [{"n": 1, "m": 1}]

    rows = [row for row in await downstream.ask(closed) if row["item_key"] not in before]
    expected = {i["content-URL"]: "course-archived" for i in archived["items"] if _is_open(i)}
    expected |= {i["content-URL"]: "pending" for i in other["items"] if i["request-id"] == pending}
    assert {row["content_url"]: row["why_not"] for row in rows} == expected
    assert all(AUGUST <= row["since"] <= _later(AUGUST) for row in rows)


async def test_r1_r2_a_stored_key_leads_to_the_same_item_after_june(downstream: Downstream) -> None:
    """R1, R2."""
    create, insert, show, convert = blocks("Store the item's key")
    await downstream.lists.execute(create)
    assert await downstream.lists.execute(insert) == "INSERT 0 1"
    # Ids of last year, of this year, and one that the mirror never saw.
    items = list((await downstream.truth_by_number()).values())
    ids = {item["request_ids"][0]: item["number"] for item in items[::2]}
    ids |= {item["request-id"]: item["number"] for item in items[1::2]}
    await downstream.lists.execute("CREATE TABLE lists.old_citation (request_id bigint)")
    await downstream.lists.executemany(
        "INSERT INTO lists.old_citation VALUES ($1)", [(i,) for i in [*ids, 7]]
    )
    await downstream.lists.execute(convert)
    unknown = "SELECT array_agg(request_id) FROM lists.old_citation WHERE item_key IS NULL"
    assert await downstream.lists.fetchval(unknown) == [7]

    await june(downstream)
    truth = await downstream.truth_by_number()
    rows = await downstream.ask(
        "SELECT o.request_id AS stored, i.request_id, i.removed_at FROM lists.old_citation AS o"
        " JOIN dcs.content_item AS i USING (item_key)"
    )
    assert len(rows) == len(ids)
    for row in rows:
        number = ids[row["stored"]]
        # Deleted courses are not carried over: their items are gone, and their keys stay.
        if number in truth:
            assert (row["request_id"], row["removed_at"]) == (truth[number]["request-id"], None)
        else:
            assert row["removed_at"] is not None
    (shown,) = await downstream.ask(show)
    assert shown["note"] == "week 3"
    assert shown["content_url"] in {
        item["content-URL"] for item in truth.values() if 2396577 in item["request_ids"]
    }


async def test_r2_ids_of_every_year_are_joined_to_todays(downstream: Downstream) -> None:
    """R2."""
    join, outdated, function, resolve = blocks("Join what you stored")
    await downstream.lists.execute("CREATE TABLE lists.stored_link (hei_id integer, request_id bigint)")
    add = "INSERT INTO lists.stored_link VALUES (108, $1)"
    known = [i for item in await downstream.truth() for i in item["request_ids"]]
    await downstream.lists.executemany(add, [(i,) for i in [*known, 7]])
    await june(downstream)
    await downstream.night(JUNE.replace(day=10))
    truth = {i: item for item in await downstream.truth() for i in item["request_ids"]}
    await downstream.lists.execute(add, truth[2396577]["request-id"])

    rows = {row["request_id"]: row for row in await downstream.ask(join)}
    assert len(rows) == len(known) + 2
    assert rows[7]["current_request_id"] is None
    for stored, row in rows.items():
        if stored in truth:
            assert row["current_request_id"] == truth[stored]["request-id"]
            assert row["content_url"] == truth[stored]["content-URL"]
    stale = {row["request_id"]: row["current_request_id"] for row in await downstream.ask(outdated)}
    assert {i: item["request-id"] for i, item in truth.items() if i in known}.items() <= stale.items()
    assert 7 not in stale
    assert truth[2396577]["request-id"] not in stale
    assert await downstream.lists.fetchval(function) == truth[2396577]["request-id"]
    (resolved,) = await downstream.shell(resolve)
    assert resolved.json == [
        {
            "request_id": 2396577,
            "hei_id": HEI,
            "current_request_id": truth[2396577]["request-id"],
            "removed_at": None,
            "why_not": None,
        }
    ]


async def test_items_are_found_by_what_the_guide_asks_for(downstream: Downstream) -> None:
    """Each statement of the guide, with the values of items that are there, finds these items."""
    await downstream.night(MAY)
    await downstream.night(JUNE)
    asked, as_of, _ = blocks("Ask for items")
    items = await downstream.ask(
        f"SELECT * FROM dcs.content_item WHERE hei_id = {HEI} AND course_code IS NOT NULL"
        " ORDER BY is_openable DESC"
    )
    book = next(item for item in items if item["isbn13"])
    article = next(item for item in items if item["issn"])
    values = {
        "0-306-40615-2": book["identifier"],
        "0317 8471": article["identifier"],
        "5b3c1d2e-0000-4000-8000-000000000108": items[0]["content_guid"],
        "https://example.ac.uk/link?id=5b3c1d2e": items[0]["content_url"],
        "HIST 101": items[0]["course_code"].replace("'", "''"),
        "hei_id = 108": f"hei_id = {HEI}",
        "'1 day'": "'10 years'",
        "key = 1 ": f"key = {items[0]['item_key']} ",
    }
    for placeholder, value in values.items():
        assert placeholder in asked
        asked = asked.replace(placeholder, value)
    statements = [each.strip() for each in asked.split(";") if each.strip()]
    assert len(statements) == 11
    found = [await downstream.ask(each) for each in statements]
    assert book["content_url"] in {row["content_url"] for row in found[0]}
    assert article["content_url"] in {row["content_url"] for row in found[1]}
    assert (
        [row["item_key"] for row in found[2]]
        == [row["item_key"] for row in found[3]]
        == [items[0]["item_key"]]
    )
    assert items[0]["content_url"] in {row["content_url"] for row in found[4]}
    assert found[5]
    assert {row["key"] for row in found[6]} == {items[0]["item_key"]}
    unverifiable = {
        item["item_key"]
        for item in items
        if not (item["isbn13"] or item["issn"] or item["removed_at"]) and item["content_status"] == "Active"
    }
    assert {row["item_key"] for row in found[7]} >= unverifiable
    known = await downstream.ask(as_of.replace("108", str(HEI)))
    assert {row["request_id"] for row in known} >= {items[0]["request_id"]}


@pytest.mark.parametrize("with_index", [False, True])
async def test_words_find_the_items_that_have_them_in_their_titles(
    downstream: Downstream, *, with_index: bool
) -> None:
    _, _, search = blocks("Ask for items")
    await search_index.arrange(downstream.url, wanted=with_index)
    items = await downstream.ask(f"SELECT * FROM dcs.content_item WHERE hei_id = {HEI} AND is_openable")
    wanted = items[0]
    words = re.findall(r"[a-z]+", f"{wanted['title']} {wanted['extract_title']}".lower())
    values = {
        "contract cases": f"{words[-1]}, {words[0].upper()}",
        "econom* théorie": f"{words[-1]} {words[0][:3]}*",
        "108": str(HEI),
    }
    for placeholder, value in values.items():
        assert placeholder in search
        search = search.replace(placeholder, value)
    anywhere, here = [await downstream.ask(each) for each in search.split(";") if each.strip()]
    assert wanted["content_url"] in {row["content_url"] for row in anywhere}
    assert wanted["content_url"] in {row["content_url"] for row in here}
    assert len(here) < len(items)
    for row in anywhere:
        assert {words[0], words[-1]} <= set(
            re.findall(r"\w+", " ".join(filter(None, (row["title"], row["extract_title"]))).lower())
        )


async def _institution(downstream: Downstream) -> Row:
    institution: Row = (await control(downstream.sandbox, "state"))["institutions"][0]
    return institution


def _has_active_items(course: Row) -> bool:
    return course["status"] == "Active" and any(map(_is_open, course["items"]))


def _is_open(item: Row) -> bool:
    return bool(item["reachable"] and item["content-status"] == "Active")


def _later(night: datetime) -> datetime:
    """Return a time at which a sync that began at ``night`` has certainly ended."""
    return night.replace(hour=night.hour + 1)
