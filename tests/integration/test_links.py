"""What the mirror answers of each line of a list of links."""

from datetime import timedelta
from typing import Any

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.links.check import Link, check
from dcs_mirror.records import ContentItem
from tests.support.readings import HEI, NEXT, START, apply_reading, item, reading

G = "2998e0f4-db2d-e811-80bf-0025900000"


def linked(request_id: int, previous: int | None = None, **fields: object) -> ContentItem:
    guid = f"{G}{request_id % 100:02}"
    url = f"https://contentstore.cla.co.uk/secure/link?id={guid}"
    return item(request_id, previous, **({"content_guid": guid, "content_url": url} | fields))


async def one(connection: Connection, text: str, **options: object) -> Link:
    (found,) = await check(connection, [text], **options)  # type: ignore[arg-type]
    return found


async def test_each_line_is_answered_in_order_and_what_is_unknown_is_null(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [linked(10), linked(11)]}))
    texts = [f"{G}11", "nothing", "10", f"{HEI}/10", "1/10", "\ud800", f"{G}99", "10"]
    found = await check(connection, texts)
    assert [(link.line, link.request_id) for link in found] == [
        (1, 11), (2, None), (3, 10), (4, 10), (5, None), (6, None), (7, None), (8, 10),
    ]  # fmt: skip
    assert found[1] == Link(2, "nothing", None, None, None, None, "unknown", None, None)
    assert found[5].input == "?"
    assert (found[0].is_openable, found[0].why_not, found[0].since) == (True, None, None)
    assert found[0].content_url == f"https://contentstore.cla.co.uk/secure/link?id={G}11"
    assert [link.line for link in await check(connection, ["10", "11"], lines=[4, 9])] == [4, 9]
    assert await check(connection, []) == []


async def test_r2_an_id_of_an_earlier_year_leads_to_the_item(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [linked(10)]}))
    await apply_reading(connection, reading({"A": [linked(30, 10)]}, year=NEXT, night=100))
    for text in ("10", "30", f"/go/{HEI}/10"):
        assert (await one(connection, text)).request_id == 30


@pytest.mark.parametrize("stored", [f"{G}AB", f"{G}ab", f"{G}aB", f"{G}ab".upper()])
async def test_a_guid_is_found_however_it_is_spelled(connection: Connection, stored: str) -> None:
    await apply_reading(connection, reading({"A": [linked(10, content_guid=stored)]}))
    for text in (f"{G}ab", f"{{{G}AB}}", f"{G}ab".upper()):
        assert (await one(connection, text)).request_id == 10
        assert (await one(connection, text, scope=[HEI + 1])).item_key is None


async def test_nothing_is_told_of_an_institution_out_of_scope(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [linked(10), linked(11)]}))
    await apply_reading(connection, reading({"A": [linked(10, content_guid=None)]}, hei_id=HEI + 1))
    assert await one(connection, "10") == Link(1, "10", why_not="ambiguous")
    assert (await one(connection, "10", hei_id=HEI)).hei_id == HEI
    assert (await one(connection, f"{HEI + 1}/10")).hei_id == HEI + 1
    assert (await one(connection, "10", scope={HEI + 1})).hei_id == HEI + 1
    for text in ("11", f"{G}11", f"{HEI}/10", f"/go/{HEI}/11"):
        assert await one(connection, text, scope=[HEI + 1]) == Link(1, text)
        assert await one(connection, text, scope=[]) == Link(1, text)
        assert await one(connection, text, hei_id=HEI, scope=[HEI + 1]) == Link(1, text)


async def test_s1_it_says_since_when_a_link_does_not_open(connection: Connection) -> None:
    first = reading(
        {"A": [linked(10), linked(11), linked(12), linked(13)], "B": [linked(20)], "C": [linked(21)]}
    )
    await apply_reading(connection, first)
    second = reading(
        {
            "A": [
                linked(11, content_status="Pending"),
                linked(12, content_url=None),
                linked(13, title="Other"),
            ],
            "B": [linked(20)],
        },
        night=1,
        statuses={"B": "Archived"},
    )
    await apply_reading(connection, second)
    third = reading(
        {"A": [linked(11, content_status="Pending", title="x"), linked(12, content_url=None, title="x"),
               linked(14, content_status="Rejected")],
         "B": [linked(20)]},
        night=2,
        statuses={"B": "Archived"},
    )  # fmt: skip
    await apply_reading(connection, third)
    found = await check(connection, ["10", "11", "12", "13", "14", "20", "21"])
    day = [START + timedelta(days=night) for night in range(3)]
    assert [(link.request_id, link.why_not) for link in found] == [
        (10, "removed"), (11, "pending"), (12, "no-link"), (13, "removed"), (14, "rejected"),
        (20, "course-archived"), (21, "removed"),
    ]  # fmt: skip
    assert [link.since for link in found] == [day[1], day[1], day[1], day[2], None, day[1], day[1]]


async def test_of_items_that_share_a_guid_one_that_opens_is_shown(connection: Connection) -> None:
    same: dict[str, Any] = {"content_guid": f"{G}77"}
    items = [
        linked(10, **same, content_status="Archived"),
        linked(11, **same),
        linked(12, **same, content_status="Pending"),
    ]
    await apply_reading(connection, reading({"A": items}))
    assert (await one(connection, f"{G}77")).request_id == 11
