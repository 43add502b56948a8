"""The DCS as a mirror last saw it: an emulated one, built from what the database holds."""

import asyncpg

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import World
from dcs_mirror.sandbox.dice import Dice, RequestIds
from dcs_mirror.sandbox.generate import START
from dcs_mirror.sandbox.model import Bibliography, Course, Institution, Item

HISTORY = """
SELECT item_key, array_agg(old_request_id ORDER BY replaced_at) AS request_ids
FROM dcs.request_id_history
GROUP BY item_key
"""


async def world_of(connection: Connection) -> World:
    """Every institution with its live courses and items, under the ids that the mirror knows.

    It does not depend on how this release's sandbox makes worlds, so it goes with a database of any release.
    """
    dice = Dice(1)
    next_request_id = await connection.fetchval("SELECT max(request_id) + 1 FROM dcs.content_item")
    world = World(
        spelling="sample",
        now=START,
        quirk=0,
        dice=dice,
        request_ids=RequestIds(next_request_id, dice),
        next_course_id=await connection.fetchval("SELECT max(course_id) FROM dcs.course"),
    )
    for row in await connection.fetch("SELECT * FROM dcs.institution ORDER BY hei_id"):
        world.institutions[row["hei_id"]] = Institution(
            id=row["hei_id"],
            name=row["name"],
            year=int(row["academic_year"][:4]),
            quirk=0,
            slashed_year=False,
            subscribed=row["subscribed"],
        )
    courses = {}
    for row in await connection.fetch(
        "SELECT * FROM dcs.course WHERE removed_at IS NULL ORDER BY course_key"
    ):
        course = _course(row, world)
        course.institution.courses[course.id] = course
        courses[row["course_key"]] = course
    earlier = {row["item_key"]: row["request_ids"] for row in await connection.fetch(HISTORY)}
    for row in await connection.fetch(
        "SELECT * FROM dcs.content_item WHERE removed_at IS NULL ORDER BY item_key"
    ):
        item = _item(row, world, earlier.get(row["item_key"], []))
        world.items |= dict.fromkeys(item.request_ids, item)
        world.place(item, courses.get(row["course_key"]))
    return world


def _course(row: asyncpg.Record, world: World) -> Course:
    return Course(
        id=row["course_id"],
        code=row["course_code"],
        name=row["name"],
        status=row["status"],
        duration=row["duration"],
        lecturer=row["lecturer"],
        students=0,
        quirk=0,
        institution=world.institutions[row["hei_id"]],
        deletion=world.deletion() if row["status"] == "Deleted" else 0,
    )


def _item(row: asyncpg.Record, world: World, earlier: list[int]) -> Item:
    number = world.item_number()
    details = {name: row[name] for name in Bibliography.__dataclass_fields__}
    return Item(
        number=number,
        guid=row["content_guid"] or f"{world.dice.guid()[:-6]}{number:06x}",
        institution=world.institutions[row["hei_id"]],
        course=None,
        request_ids=[*earlier, row["request_id"]],
        previous_year_id=row["previous_year_id"],
        status=row["content_status"],
        published=bool(row["content_guid"]),
        created=row["date_created"],
        modified=row["last_modified"],
        rejection=row["rejection_message"] or None,
        notes=row["notes"],
        licence=row["licence"],
        source=row["source"],
        details=Bibliography(**details),
        blank="" if "" in {row["content_guid"], row["rejection_message"]} else None,
        blank_previous="null",
    )
