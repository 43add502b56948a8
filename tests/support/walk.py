"""Walks the sandbox's truth and the mirror's views side by side, field by field.

The truth is read here by plain rules of its own, not by the mirror's decoder.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from dcs_mirror.database.connections import Connection

Row = dict[str, Any]
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

OUTER = {
    "content-GUID": "content_guid",
    "content-URL": "content_url",
    "content-status": "content_status",
    "rejection-message": "rejection_message",
    "notes": "notes",
    "licence": "licence",
    "source": "source",
}
INNER = {
    "type": "type",
    "identifier": "identifier",
    "DOI": "doi",
    "title": "title",
    "extract-title": "extract_title",
    "publication-form": "publication_form",
    "year": "year",
    "volume": "volume",
    "issue": "issue",
    "page-range": "page_range",
    "author": "author",
    "colour-scale": "colour_scale",
    "publisher": "publisher",
    "extractAuthor": "extract_author",
    "chapter-number": "chapter_number",
    "edition": "edition",
    "book-pages": "book_pages",
    "publication-place": "publication_place",
    "OCR": "ocr",
    "file-size": "file_size",
    "subtitle": "subtitle",
}


def _date(text: str | None) -> datetime | None:
    """`10/May/2019 10:21`, UK civil time (W5)."""
    if not text:
        return None
    date, time = text.split(" ")
    day, month, year = date.split("/")
    hour, minute = time.split(":")
    local = datetime(
        int(year), MONTHS.index(month) + 1, int(day), int(hour), int(minute), tzinfo=ZoneInfo("Europe/London")
    )
    return local.astimezone(UTC)


def _plain(value: Any) -> Any:
    """Without the one character that PostgreSQL refuses (W7)."""
    return value.replace("\x00", "") if isinstance(value, str) else value


def expected_item(item: Row, hei_id: int, course: Row) -> Row:
    """The columns of ``dcs.content_item`` that an item of the truth should have."""
    details = item["bibliographic-details"]
    row = {"hei_id": hei_id, "course_code": course["code"], "request_id": item["request-id"]}
    row["previous_year_id"] = item.get("previous-year-id") or None
    row |= {column: _plain(item.get(key)) for key, column in OUTER.items()}
    row |= {column: _plain(details.get(key)) for key, column in INNER.items()}
    row["date_created"] = _date(item["date-created"])
    row["last_modified"] = _date(item["last-modified"])
    return row


def expected_course(course: Row, hei_id: int, academic_year: str) -> Row:
    """The columns of ``dcs.course`` that a course of the truth should have."""
    return {
        "hei_id": hei_id,
        "course_id": course["id"],
        "course_code": course["code"],
        "name": _plain(course["name"]),
        "academic_year": academic_year,
        "status": course["status"],
        "duration": course["duration"],
        "lecturer": _plain(course["lecturer"]),
    }


def _items(institution: Row) -> Iterator[tuple[Row, bool]]:
    for course in institution["courses"]:
        for item in course["items"]:
            yield expected_item(item, institution["id"], course), item["reachable"]


def _differences(expected: Row, stored: asyncpg.Record) -> Row:
    return {name: (value, stored[name]) for name, value in expected.items() if stored[name] != value}


async def assert_views_equal(connection: Connection, truth: Row) -> int:
    """Every field of every institution, course and content item, both ways; returns the fields compared.

    Items that no course code leads to (of a deleted course whose code was used again) need not be
    mirrored, but what is mirrored of them must be right.
    """
    compared = 0
    for institution in truth["institutions"]:
        hei_id = institution["id"]
        stored = await connection.fetchrow("SELECT * FROM dcs.institution WHERE hei_id = $1", hei_id)
        assert stored is not None, hei_id
        assert (stored["name"], stored["subscribed"], stored["academic_year"]) == (
            institution["name"],
            institution["subscribed"],
            institution["academic_year"],
        )
        courses = {
            course["id"]: expected_course(course, hei_id, institution["academic_year"])
            for course in institution["courses"]
        }
        rows = await connection.fetch(
            "SELECT * FROM dcs.course WHERE hei_id = $1 AND removed_at IS NULL", hei_id
        )
        assert {row["course_id"] for row in rows} == set(courses)
        for row in rows:
            assert _differences(courses[row["course_id"]], row) == {}
            compared += len(courses[row["course_id"]])
        items = {item["request_id"]: (item, reachable) for item, reachable in _items(institution)}
        rows = await connection.fetch(
            "SELECT * FROM dcs.content_item"
            " WHERE hei_id = $1 AND removed_at IS NULL AND course_key IS NOT NULL",
            hei_id,
        )
        mirrored = {row["request_id"] for row in rows}
        assert mirrored <= set(items)
        assert mirrored >= {request_id for request_id, (_, reachable) in items.items() if reachable}
        for row in rows:
            expected, reachable = items[row["request_id"]]
            if not reachable and expected["content_status"] == row["content_status"] == "Deleted":
                continue  # at its end, and asked for no more
            assert _differences(expected, row) == {}, row["request_id"]
            compared += len(expected)
    return compared


State = dict[str, dict[int, Row]]


class FeedReader:
    """A downstream that keeps a copy of the views by reading the change feed from where it stopped."""

    def __init__(self) -> None:
        self.state: State = {"institution": {}, "course": {}, "content_item": {}}
        self._cursor = 0

    async def catch_up(self, connection: Connection) -> None:
        """Reads what came since; what a change says was before must be what the copy holds."""
        rows = await connection.fetch(
            "SELECT * FROM dcs.change WHERE change_id > $1 ORDER BY change_id", self._cursor
        )
        for row in rows:
            self._cursor = row["change_id"]
            known = self.state[row["entity"]]
            if row["kind"] == "added":
                assert row["key"] not in known
                known[row["key"]] = {}
            current = known[row["key"]]
            for column, (before, after) in json.loads(row["details"]).items():
                assert current.get(column) == before, (row["entity"], row["key"], column)
                current[column] = after

    async def assert_equals_views(self, connection: Connection) -> None:
        """The copy holds exactly what the views show."""
        await self.catch_up(connection)
        copied = {
            entity: {key: without_nulls(row) for key, row in rows.items()}
            for entity, rows in self.state.items()
        }
        assert copied == await stored_state(connection)


async def stored_state(connection: Connection) -> State:
    """The views as the feed tells them: entity -> key -> columns that are not null."""
    queries = {
        "institution": "SELECT hei_id AS key, jsonb_build_object('name', name, 'subscribed', subscribed,"
        " 'academic_year', academic_year) AS row FROM dcs.institution",
        "course": "SELECT course_key AS key,"
        " to_jsonb(c) - '{course_key,first_seen_at,changed_at}'::text[] AS row FROM dcs.course AS c",
        "content_item": "SELECT item_key AS key,"
        " to_jsonb(i) - '{item_key,first_seen_at,changed_at,is_openable,why_not,isbn13,issn}'::text[] AS row"
        " FROM dcs.content_item AS i",
    }
    state: State = {}
    for entity, query in queries.items():
        rows = await connection.fetch(query)
        state[entity] = {row["key"]: without_nulls(json.loads(row["row"])) for row in rows}
    return state


def without_nulls(row: Row) -> Row:
    """Only the columns that are not null."""
    return {column: value for column, value in row.items() if value is not None}


async def assert_feed_replays(connection: Connection) -> None:
    """The feed, read at once from its beginning, tells exactly what the views show."""
    await FeedReader().assert_equals_views(connection)
