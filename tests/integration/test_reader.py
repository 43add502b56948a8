"""The role dcs_reader: every view, and nothing else."""

import asyncpg
import pytest

from dcs_mirror.database.connections import Connection

VIEWS = {
    "institution": """
        hei_id name subscribed academic_year first_seen_at last_synced_at last_sync_outcome
        """,
    "course": """
        course_key hei_id course_id course_code name academic_year status duration lecturer
        first_seen_at changed_at removed_at
        """,
    "content_item": """
        item_key hei_id course_key course_code request_id previous_year_id content_guid
        content_url content_status date_created last_modified rejection_message notes licence
        source type identifier doi title extract_title publication_form year volume issue
        page_range author colour_scale publisher extract_author chapter_number edition book_pages
        publication_place ocr file_size subtitle extra first_seen_at changed_at removed_at is_openable
        why_not isbn13 issn
        """,
    "request_id_history": "hei_id old_request_id item_key request_id academic_year replaced_at via",
    "recheck_flag": """
        flag_id hei_id item_key request_id course_code title licence_year kind previous_status
        content_status licence_before licence flagged_at acknowledged_at acknowledged_note
        resolved_at resolution assigned_to
        """,
    "status_change": """
        status_change_id hei_id item_key request_id from_status to_status licence_before licence
        last_seen_at observed_at
        """,
    "feed_state": "epoch low_water high_water low_water_at",
    "unverifiable_item": "hei_id item_key reason",
    "submitted_request": """
        call_id hei_id request_id current_request_id course_code title submitted_at content_status ended_at
        rejection_message item_key accepted_at state
        """,
    "open_call": "call_id hei_id method course_code title status state sent_at",
    "refresh_request": """
        hei_id refresh_id course_code request_id requested_by requested_at started_at finished_at outcome
        error
        """,
    "change": "change_id run_id hei_id entity key kind details observed_at",
    "request_id": "request_id hei_id current_request_id item_key",
    "rollover": """
        hei_id academic_year previous_year renumbered new not_carried_over looked_up conflicts observed_at
        """,
    "sync_run": "run_id kind started_at finished_at outcome requests error",
    "sync_outcome": """
        run_id hei_id outcome courses content_items added changed removed renumbered flagged error
        quarantined courses_changed
        """,
    "quarantine": """
        quarantine_id hei_id method course_key course_code request_id position reason first_seen_at cleared_at
        """,
}


@pytest.fixture
async def reader(connection: Connection) -> Connection:
    await connection.execute("SET ROLE dcs_reader")
    return connection


@pytest.mark.parametrize("view", VIEWS)
async def test_the_views_have_the_columns_of_the_contract_and_can_be_read(
    view: str, reader: Connection
) -> None:
    statement = await reader.prepare(f"SELECT * FROM dcs.{view}")
    assert [a.name for a in statement.get_attributes()] == VIEWS[view].split()
    assert len(await statement.fetch()) == (view == "feed_state"), "it always has its one row"


async def test_every_column_has_a_comment(connection: Connection) -> None:
    bare = await connection.fetch(
        "SELECT attrelid::regclass, attname FROM pg_attribute WHERE attnum > 0 AND attrelid IN"
        " (SELECT oid FROM pg_class WHERE relnamespace = 'dcs'::regnamespace)"
        " AND col_description(attrelid, attnum) IS NULL"
    )
    assert bare == []


async def test_the_schema_holds_nothing_but_these(connection: Connection) -> None:
    rows = await connection.fetch("SELECT relname FROM pg_class WHERE relnamespace = 'dcs'::regnamespace")
    assert {row["relname"] for row in rows} == set(VIEWS)


async def test_an_id_can_be_asked_for(reader: Connection) -> None:
    assert await reader.fetchval("SELECT dcs.current_request_id(1)") is None
    assert await reader.fetchval("SELECT dcs.current_request_id(1, 209)") is None


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM dcs_mirror.course",
        "SELECT * FROM dcs_mirror.alembic_version",
        "INSERT INTO dcs.course (hei_id) VALUES (1)",
        "UPDATE dcs.content_item SET notes = ''",
        "DELETE FROM dcs.sync_run",
        "TRUNCATE dcs_mirror.change",
        "CREATE TABLE dcs.mine (id int)",
        "CREATE TABLE public.mine (id int)",
        "CREATE SCHEMA mine",
    ],
)
async def test_everything_else_is_refused(statement: str, reader: Connection) -> None:
    refused = (asyncpg.InsufficientPrivilegeError, asyncpg.ObjectNotInPrerequisiteStateError)
    with pytest.raises(refused):  # the second, because a view that joins tables cannot be written at all
        await reader.execute(statement)


USED = """
SELECT a.attname
FROM pg_rewrite AS r
JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refobjsubid > 0
JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE r.ev_class = $1::regclass AND d.refobjid = $2::regclass
"""


@pytest.mark.parametrize(
    ("table", "key", "left_out"),
    [
        ("content_item", "item_key", {"first_seen_at", "changed_at", "isbn13", "issn"}),
        ("course", "course_key", {"first_seen_at", "changed_at"}),
        ("institution", "hei_id", {"first_seen_at"}),
    ],
)
async def test_an_added_row_has_the_columns_that_its_view_has(
    connection: Connection, table: str, key: str, left_out: set[str]
) -> None:
    """The feed reads them from the tables, which takes less time, and shows nothing else of these."""
    shown, added = [
        {row[0] for row in await connection.fetch(USED, f"dcs.{view}", f"dcs_mirror.{table}")}
        for view in (table, "change")
    ]
    assert added - {key} == shown - {key} - left_out
